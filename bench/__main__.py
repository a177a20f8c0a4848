"""Run every measurement."""

from bench import back_office, event_reading, reconciling, web

if __name__ == "__main__":
    print(web.__doc__)
    result = web.main()
    print(back_office.__doc__)
    result |= back_office.main()
    for measurement in (event_reading, reconciling):
        print(measurement.__doc__)
        measurement.main()
    raise SystemExit(result)
