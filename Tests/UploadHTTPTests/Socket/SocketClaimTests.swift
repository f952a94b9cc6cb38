import Glibc
import NIOCore
import Testing
import UploadCore

@testable import UploadHTTP

/// Bytes that wait in a socket, and the two ways to get them.
@Suite struct SocketClaimTests {
    private let bytes = content(100_000)

    /// Runs `body` with a socket in which these bytes wait, and the end that they came from.
    private func withSocket(_ waiting: [UInt8], _ body: (BodySocket, _ peer: CInt) throws -> Void) throws {
        var ends: [CInt] = [0, 0]
        try #require(socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends) == 0)
        defer { close(ends[1]) }
        let socket = BodySocket(duplicating: ends[0])
        // The number of the channel's descriptor may belong to another file by now.
        close(ends[0])
        send(waiting, to: ends[1])
        try body(try #require(socket), ends[1])
    }

    private func send(_ bytes: [UInt8], to socket: CInt) {
        #expect(Glibc.send(socket, bytes, bytes.count, CInt(MSG_NOSIGNAL)) == bytes.count)
    }

    private func take(_ range: Range<Int>, of claim: SocketClaim) throws -> [UInt8] {
        var taken = [UInt8](repeating: 0, count: range.count)
        try taken.withUnsafeMutableBytes { try claim.take(range, into: $0) }
        return taken
    }

    @Test func `bytes are taken in pieces, and those behind the claim stay`() throws {
        try withSocket(bytes) { socket, _ throws in
            #expect(socket.availableBytes == 100_000)
            let claim = SocketClaim(socket, 70_000)
            #expect(try take(0..<10_000, of: claim) == Array(bytes[..<10_000]))
            #expect(try take(10_000..<70_000, of: claim) == Array(bytes[10_000..<70_000]))
            #expect(socket.availableBytes == 30_000)
        }
    }

    @Test(arguments: [0, 1, 40_000, 70_000])
    func `loaded bytes are taken from memory, and the socket has what follows them`(_ takenBefore: Int) throws {
        try withSocket(bytes) { socket, _ throws in
            let claim = SocketClaim(socket, 70_000)
            #expect(try take(0..<takenBefore, of: claim) == Array(bytes[..<takenBefore]))
            claim.load()
            #expect(socket.availableBytes == 30_000)
            #expect(try take(takenBefore..<70_000, of: claim) == Array(bytes[takenBefore..<70_000]))
            #expect(socket.availableBytes == 30_000)
        }
    }

    @Test func `bytes that are peeked at stay to be taken`() throws {
        try withSocket(bytes) { socket, _ throws in
            let claim = SocketClaim(socket, 70_000)
            for range in [0..<70_000, 20_000..<70_000, 5..<6] {
                #expect(claim.peek(range).map { Array($0.readableBytesView) } == Array(bytes[range]))
            }
            #expect(try take(0..<70_000, of: claim) == Array(bytes[..<70_000]))
        }
    }

    @Test func `the bytes of a connection that has ended are still there`() throws {
        try withSocket(bytes) { socket, peer throws in
            let claim = SocketClaim(socket, 100_000)
            shutdown(peer, CInt(SHUT_RDWR))
            #expect(try take(0..<100_000, of: claim) == bytes)
        }
    }

    @Test(arguments: [false, true])
    func `a socket with fewer bytes than were claimed is an error`(_ isLoaded: Bool) throws {
        try withSocket(Array(bytes[..<10])) { socket, _ throws in
            let claim = SocketClaim(socket, 11)
            if isLoaded { claim.load() }
            #expect(throws: UploadError(.unavailable(detail: "a socket had fewer bytes than it announced"))) {
                try take(0..<11, of: claim)
            }
            #expect(claim.peek(0..<11) == nil)
        }
    }

    // MARK: - As a body's bytes

    /// Pieces are as large as the buffers: 512 KiB. A socket of this kind holds about 200 KB, so the first bytes are larger
    /// than a buffer here, as large as one, and smaller.
    @Test(arguments: [0, 1, 16 << 10, (512 << 10) - 50_000, (512 << 10) - 1, 512 << 10, (512 << 10) + 1])
    func `received and claimed bytes are one body`(_ receivedCount: Int) throws {
        let received = content(receivedCount, seed: 2)
        try withSocket(bytes) { socket, _ throws in
            let body = BodyBytes(ByteBuffer(bytes: received), SocketClaim(socket, 100_000))
            #expect(body.count == receivedCount + 100_000)
            var pieces: [[UInt8]] = []
            try body.forEachPiece(alignedTo: 0) { pieces.append(Array($0)) }
            #expect(pieces.allSatisfy { !$0.isEmpty && $0.count <= (512 << 10) + 1 })
            #expect(Array(pieces.joined()) == received + bytes)
        }
    }

    @Test(arguments: [0, 1, 4095, 4096, 100_000], [0, 10, 4096, (512 << 10) - 1, 512 << 10])
    func `pieces lie in memory as blocks of the file do`(_ offset: Int, _ receivedCount: Int) throws {
        let received = content(receivedCount, seed: 2)
        try withSocket(bytes) { socket, _ throws in
            let body = BodyBytes(ByteBuffer(bytes: received), SocketClaim(socket, 100_000))
            var joined: [UInt8] = []
            try body.forEachPiece(alignedTo: UInt64(offset)) { piece in
                let address = UInt(bitPattern: piece.baseAddress)
                // Bytes that the channel has received stay where they are, unless a buffer has room for them.
                if joined.count >= receivedCount || receivedCount < 512 << 10 - 4096 {
                    #expect(address % 4096 == UInt(offset + joined.count) % 4096)
                }
                joined += piece
            }
            #expect(joined == received + bytes)
        }
    }

    @Test(arguments: [1, 9, 10, 11, 100_000, 100_009])
    func `a body is split where it is told to`(_ split: Int) throws {
        let received = content(10, seed: 2)
        try withSocket(bytes) { socket, _ throws in
            var rest = BodyBytes(ByteBuffer(bytes: received), SocketClaim(socket, 100_000))
            let first = rest.removePrefix(split)
            #expect((first.count, rest.count) == (split, 100_010 - split))
            var joined: [UInt8] = []
            try first.forEachPiece(alignedTo: 0) { joined += $0 }
            #expect(joined.count == split)
            try rest.forEachPiece(alignedTo: 0) { joined += $0 }
            #expect(joined == received + bytes)
        }
    }

    @Test func `bytes that are compared first are written afterwards`() throws {
        let received = content(10, seed: 2)
        try withSocket(bytes) { socket, _ throws in
            var rest = BodyBytes(ByteBuffer(bytes: received), SocketClaim(socket, 100_000))
            let first = rest.removePrefix(50_000)
            for _ in 0..<2 {
                #expect(first.withBytes { Array($0) } + rest.withBytes { Array($0) } == received + bytes)
            }
            var joined: [UInt8] = []
            for body in [first, rest] { try body.forEachPiece(alignedTo: 0) { joined += $0 } }
            #expect(joined == received + bytes)
        }
    }
}
