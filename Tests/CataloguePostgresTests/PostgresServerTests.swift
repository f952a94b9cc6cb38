import Glibc
import Testing

@Suite struct PostgresServerTests {
    @Test func `a server keeps no descriptor of the tests open`() async throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        defer { close(ends[0]) }
        // The shell prefers the number 255 for the file that it reads.
        let preferred = fcntl(ends[1], F_DUPFD, 255)
        let server = try await PostgresServer(settings: [])
        close(ends[1])
        close(preferred)
        // Servers of other tests that start at this moment inherit it for as long.
        try await eventually("the pipe ends") {
            var reader = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
            return poll(&reader, 1, 0) == 1 && reader.revents & Int16(POLLHUP) != 0
        }
        try await server.stop()
    }
}
