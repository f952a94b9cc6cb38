import Glibc
import Testing

@Suite struct PostgresServerTests {
    @Test func `a server keeps no descriptor of the tests open`() async throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        defer { close(ends[0]) }
        let server = try await PostgresServer(settings: [])
        close(ends[1])
        var reader = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
        #expect(poll(&reader, 1, 0) == 1 && reader.revents & Int16(POLLHUP) != 0, "the pipe is open elsewhere")
        try await server.stop()
    }
}
