"""Run every measurement."""

from bench import event_reading, reconciling

if __name__ == "__main__":
    for measurement in (event_reading, reconciling):
        print(measurement.__doc__)
        measurement.main()
