import Glibc
import Testing
import UploadClient

@Suite struct HTTPClientTransportTests {
    @Test func `an unreachable server is a temporary failure`() async throws {
        let address = try ServerAddress("http://127.0.0.1:\(try closedPort())")
        let transport = HTTPClientTransport(address, token: "secret-token")
        let client = UploadClient(server: address, transport: transport, retries: .never)
        let error = try await refusal { try await client.status("u") }
        #expect(error.code == .unreachable && error.isTemporary)
        #expect(!"\(error)\(transport)".contains("secret-token"))
        try await transport.shutdown()
    }

    /// A port that was free a moment ago.
    private func closedPort() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, length) | getsockname(descriptor, address, &length)
            }
        }
        try #require(result == 0)
        return UInt16(bigEndian: address.sin_port)
    }
}
