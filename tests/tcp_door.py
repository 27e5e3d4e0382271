"""A door between a client and a server, which tests shut, or shut just behind an answer.

door = Door(lambda: socket to the server)      listens on 127.0.0.1:door.port
door.shut()                                    all connections are lost, none is taken
door.open()
door.hold(), door.let_go()                     nothing passes, and no connection is lost
door.lose_the_answer_to(b"COMMIT")             it reaches the server, and is done; its answer
                                               does not come back, and the connection is lost
door.lose_the_answer_to(b"COMMIT", after=b"")  only once that was said on the same connection
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Self


class Door:
    def __init__(self, server: Callable[[], socket.socket], host: str = "127.0.0.1") -> None:
        self._server = server
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._shut = False
        self._lock = threading.Lock()
        self._flowing = threading.Event()
        self._flowing.set()
        self._wanted = self._after = b""
        self.lost = 0  # answers that did not come back
        self._listening = socket.create_server((host, 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.let_go()
        self.shut()
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def shut(self) -> None:
        with self._lock:
            self._shut = True
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            self._end(pair)

    def open(self) -> None:
        with self._lock:
            self._shut = False

    def hold(self) -> None:
        self._flowing.clear()

    def let_go(self) -> None:
        self._flowing.set()

    def lose_the_answer_to(self, question: bytes, *, after: bytes = b"") -> None:
        with self._lock:
            self._wanted, self._after = question, after

    def _listen(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            try:
                pair = (client, self._server())
            except OSError:
                client.close()
                continue
            with self._lock:
                refused = self._shut
                if not refused:
                    self._pairs.append(pair)
            if refused:
                self._end(pair)
                continue
            answering = threading.Event()  # set: the next answer is the one to lose
            for source, target in (pair, pair[::-1]):
                threading.Thread(
                    target=self._carry, args=(pair, source, target, answering), daemon=True
                ).start()

    def _carry(
        self,
        pair: tuple[socket.socket, socket.socket],
        source: socket.socket,
        target: socket.socket,
        answering: threading.Event,
    ) -> None:
        led_up = False
        with suppress(OSError):
            while data := source.recv(65536):
                if source is pair[0]:
                    with self._lock:
                        led_up = led_up or self._after in data
                        if self._wanted and led_up and self._wanted in data:
                            self._wanted = b""
                            answering.set()
                elif answering.is_set():
                    self.lost += 1
                    break
                self._flowing.wait()
                target.sendall(data)
        self._end(pair)

    @staticmethod
    def _end(pair: tuple[socket.socket, socket.socket]) -> None:
        for end in pair:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
