"""The promises of :class:`~jupyter_tandem.ports.kernels.Kernels`: what stands for kernels in tests keeps them, too."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from jupyter_tandem.errors import KernelUnavailable
from jupyter_tandem.ports.kernels import KernelMessage, Kernels
from jupyter_tandem.protocol.reason import Reason

CODE = "6 * 7"
"""What the kernels of these tests are asked to run; it ends well."""

WAIT_S = 60.0
"""Real kernels start slowly on busy machines."""

ONE, OTHER = "one.ipynb", "other.ipynb"


class Listener:
    """Keeps what it hears."""

    def __init__(self) -> None:
        """Nothing was heard."""
        self.messages: list[KernelMessage] = []
        self.losses: list[Reason] = []
        self._news = asyncio.Event()

    def heard(self, message: KernelMessage) -> None:
        """See the port."""
        self.messages.append(message)
        self._news.set()

    def lost(self, reason: Reason) -> None:
        """See the port."""
        self.losses.append(reason)
        self._news.set()

    def kinds(self, message: str, channel: str) -> list[str]:
        """What was said on a channel in answer to a request."""
        return [m.kind for m in self.messages if (m.parent, m.channel) == (message, channel)]

    async def ended(self, message: str) -> None:
        """Return when a request was answered, and the kernel is idle again."""
        await self.until(lambda: self.kinds(message, "shell") == ["execute_reply"])
        await self.until(lambda: self.kinds(message, "iopub")[-1:] == ["status"])

    async def until(self, holds: Callable[[], bool]) -> None:
        """Return when something is so."""
        while not holds():
            self._news.clear()
            await asyncio.wait_for(self._news.wait(), WAIT_S)


class KernelsContract:
    """Found, started, heard, left."""

    @pytest.fixture
    def kernels(self) -> Kernels:
        """No kernel runs."""
        raise NotImplementedError

    @pytest.mark.spec("RUN-30")
    async def test_two_that_are_started_at_once_are_one(self, kernels: Kernels) -> None:
        """Whoever was slower takes the other one's, and lets go of its own."""
        found = await asyncio.gather(*(kernels.start(ONE, None) for _ in range(3)))
        assert set(found) == {await kernels.kernel_of(ONE)}
        assert await kernels.lives(found[0])

    @pytest.mark.spec("RUN-30")
    async def test_a_kernel_belongs_to_its_path(self, kernels: Kernels) -> None:
        """It is found there and nowhere else; a kernel spec that is unknown is no obstacle."""
        assert await kernels.kernel_of(ONE) is None
        found = await kernels.start(ONE, "no such kernel spec")
        assert await kernels.kernel_of(ONE) == found
        assert await kernels.kernel_of(OTHER) is None
        assert await kernels.lives(found)
        assert not await kernels.lives("no-such-kernel")

    @pytest.mark.spec("RUN-8", "RUN-30")
    async def test_answers_name_their_request(self, kernels: Kernels) -> None:
        """The one who asked gets the answer; what is published everybody hears."""
        kernel_id = await kernels.start(ONE, None)
        mine, theirs = Listener(), Listener()
        kernel = await kernels.connect(kernel_id, mine, "me")
        other = await kernels.connect(kernel_id, theirs, "somebody")
        assert (kernel.id, other.id) == (kernel_id, kernel_id)
        assert kernel.name
        kernel.execute("me_1", CODE, stop_on_error=True, ask=False)
        await mine.ended("me_1")
        await theirs.until(lambda: theirs.kinds("me_1", "iopub")[-1:] == ["status"])
        assert theirs.kinds("me_1", "shell") == []
        [reply] = [m for m in mine.messages if (m.parent, m.channel) == ("me_1", "shell")]
        assert reply.content["status"] == "ok"
        assert reply.content["execution_count"] == 1
        for connection in (kernel, other):
            await connection.close()

    async def test_who_has_left_hears_nothing_more(self, kernels: Kernels) -> None:
        """And the kernel goes on, for others and for whoever comes back."""
        kernel_id = await kernels.start(ONE, None)
        gone, here = Listener(), Listener()
        await (await kernels.connect(kernel_id, gone, "gone")).close()
        count = len(gone.messages)
        kernel = await kernels.connect(kernel_id, here, "here")
        kernel.execute("here_1", CODE, stop_on_error=True, ask=False)
        await here.ended("here_1")
        await kernel.close()
        assert len(gone.messages) == count
        assert not gone.losses + here.losses
        assert await kernels.lives(kernel_id)

    @pytest.mark.spec("RUN-18")
    async def test_a_living_kernel_can_be_given_to_a_path(self, kernels: Kernels) -> None:
        """As after the server's end; that it has it already changes nothing."""
        kernel_id = await kernels.start(ONE, None)
        for path in (OTHER, OTHER, ONE):
            await kernels.adopt(kernel_id, path)
            assert await kernels.kernel_of(path) == kernel_id

    @pytest.mark.spec("RUN-13")
    async def test_a_kernel_starts_anew_under_its_id(self, kernels: Kernels) -> None:
        """Whoever connects then is answered."""
        kernel_id = await kernels.start(ONE, None)
        await kernels.restart(kernel_id)
        assert await kernels.kernel_of(ONE) == kernel_id
        listener = Listener()
        kernel = await kernels.connect(kernel_id, listener, "me")
        kernel.execute("me_1", CODE, stop_on_error=True, ask=False)
        await listener.ended("me_1")
        await kernel.close()

    async def test_a_kernel_that_is_not_there_is_refused(self, kernels: Kernels) -> None:
        """With a reason, whatever is wanted of it."""
        with pytest.raises(KernelUnavailable):
            await kernels.connect("no-such-kernel", Listener(), "me")
        with pytest.raises(KernelUnavailable):
            await kernels.restart("no-such-kernel")
