"""Run every measurement."""

from bench import event_reading, reconciling, web

if __name__ == "__main__":
    print(web.__doc__)
    result = web.main()
    for measurement in (event_reading, reconciling):
        print(measurement.__doc__)
        measurement.main()
    raise SystemExit(result)
