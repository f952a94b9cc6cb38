"""A TCP relay that fails like a network: between a node and one of its stores."""

import asyncio
import contextlib
import socket
import struct
import threading

PASSES, SILENT, RESETS = "passes", "silent", "resets"
KEEP_ALIVE_SECONDS = 20


class Relay:
    """Passes connections on to a port of this machine.

    `silence` loses whatever is sent from then on, also over connections that are made during it, as a firewall does that
    has forgotten them: they never speak again, and neither peer learns that the other has closed, except by keep-alives.
    `reset` ends all connections, and refuses new ones. Both last until `heal`.
    """

    def __init__(self, target):
        self.target = target
        self.state = PASSES
        self.connections = set()
        self.loop = asyncio.new_event_loop()
        started = threading.Event()
        self.thread = threading.Thread(target=self.serve, args=[started], daemon=True)
        self.thread.start()
        if not started.wait(20):
            raise RuntimeError("the relay did not start")

    def serve(self, started):
        async def listen():
            server = await asyncio.start_server(self.accept, "127.0.0.1", 0)
            self.port = server.sockets[0].getsockname()[1]
            started.set()

        self.loop.run_until_complete(listen())
        self.loop.run_forever()

    # Called by tests.

    def silence(self):
        self.change(SILENT)

    def reset(self):
        self.change(RESETS)

    def heal(self):
        self.change(PASSES)

    def close(self):
        self.change(RESETS)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(20)

    def change(self, state):
        async def apply():
            self.state = state
            for connection in list(self.connections):
                if state == SILENT:
                    connection.is_lost = True
                elif state == RESETS:
                    connection.end()

        asyncio.run_coroutine_threadsafe(apply(), self.loop).result(20)

    # On the loop.

    async def accept(self, reader, writer):
        connection = Connection(writer)
        if self.state == RESETS:
            return connection.end()
        connection.is_lost = self.state == SILENT
        self.connections.add(connection)
        try:
            if connection.is_lost:
                return await connection.swallow(reader)
            back, forth = await asyncio.open_connection("127.0.0.1", self.target)
            connection.writers.append(forth)
            await asyncio.gather(connection.pass_on(reader, forth), connection.pass_on(back, writer))
        except OSError:
            pass
        finally:
            self.connections.discard(connection)
            connection.end()


class Connection:
    def __init__(self, writer):
        self.writers = [writer]
        self.is_lost = False

    async def pass_on(self, reader, writer):
        """Until either side ends, which ends both; what is lost is read, and goes nowhere."""
        with contextlib.suppress(OSError):
            while data := await reader.read(1 << 16):
                if self.is_lost:
                    await self.swallow(reader)
                    break
                writer.write(data)
                await writer.drain()
        if self.is_lost:
            await asyncio.sleep(KEEP_ALIVE_SECONDS)
        self.end()

    async def swallow(self, reader):
        with contextlib.suppress(OSError):
            while await reader.read(1 << 16):
                pass

    def end(self):
        """Without a farewell: the peers get a reset."""
        for writer in self.writers:
            with contextlib.suppress(OSError):
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
