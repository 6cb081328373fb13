"""``python -m videmo``, and the command ``videmo``."""

from videmo.cli.interrupts import end_at_once_on_request


def main() -> None:
    """Run the command line; never return."""
    end_at_once_on_request()  # before anything is imported that takes time
    from videmo.cli.app import main as run

    run()


if __name__ == "__main__":
    main()
