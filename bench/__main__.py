"""Run every measurement."""

from bench import event_reading

if __name__ == "__main__":
    print(event_reading.__doc__)
    event_reading.main()
