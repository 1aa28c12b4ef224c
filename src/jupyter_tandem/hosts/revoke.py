"""``jupyter tandem revoke``: take back a link, a share, or all a person has."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_tandem.hosts.running_server import Failed, answered, find, parser


def run(argv: Sequence[str]) -> int:
    """Withdraw a link or a share by its id; open connections follow at once.

    Args:
        argv: The arguments after ``revoke``.

    Returns:
        The exit status: 0, or 1 when the server refused.
    """
    made = parser("revoke", "Take back a link or a share, by the id that `links` and `who` tell.")
    made.add_argument("id", help="of the link or share")
    made.add_argument(
        "--keep-people",
        action="store_true",
        help="of a link: let those stay who came by it; without this they are shown out",
    )
    arguments = made.parse_args(argv)

    def work() -> None:
        server = find(None, arguments.server)
        grants = "keep" if arguments.keep_people else "revoke"
        try:
            server.call("DELETE", f"links/{arguments.id}", grants=grants)
        except Failed:
            server.call("DELETE", f"grants/{arguments.id}")
        print("Taken back.")

    return answered(work)
