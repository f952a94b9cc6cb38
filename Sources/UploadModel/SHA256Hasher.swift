private import CSHA256

/// A running SHA-256 (FIPS 180-4) whose state between two updates can be stored, and continued by another process.
///
///     var hasher = SHA256Hasher()
///     hasher.update(bytes)
///     let stored = hasher.midstate.bytes
///     …
///     var later = SHA256Midstate(bytes: stored).map(SHA256Hasher.init)
///
/// It computes with the processor's instructions for SHA-256 where there are any. Two streams at once then take less
/// than six tenths of the time of one after the other: a single stream waits for the results of its own instructions.
public struct SHA256Hasher: Sendable {
    /// How blocks are computed. All ways give the same digests.
    package enum Path: Int32, Sendable, CaseIterable {
        case portable = 0
        /// SHA-NI, or the instructions of ARMv8.
        case instructions = 1

        /// The fastest way of this processor. A way that fails a test vector of FIPS 180-4 is not used.
        package static let best: Path = {
            guard let path = Path(rawValue: wharf_sha256_best_path()), path != .portable else { return .portable }
            return path.passesKnownAnswer ? path : .portable
        }()

        /// The ways of this processor.
        package static var available: [Path] { best == .portable ? [.portable] : allCases }

        /// Whether the digest of 112 bytes, three blocks, is right, of one stream and of two: “SHA_All”, Cryptographic
        /// Algorithm Validation Program.
        private var passesKnownAnswer: Bool {
            let message = Array(
                """
                abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu
                """.utf8)
            var (one, first, second) = (SHA256Hasher(self), SHA256Hasher(self), SHA256Hasher(self))
            message.withUnsafeBytes { bytes in
                one.update(bytes)
                SHA256Hasher.update(&first, bytes, &second, bytes)
            }
            return [one, first, second].allSatisfy {
                $0.finalize().hex == "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
            }
        }
    }

    private var state = wharf_sha256()
    private let path: Path

    /// The hash of no bytes.
    public init() {
        self.init(Path.best)
    }

    package init(_ path: Path) {
        self.path = path
        wharf_sha256_begin(&state)
    }

    /// Continues after the bytes of a stored state.
    public init(_ midstate: SHA256Midstate) {
        self.init()
        state = midstate.state
    }

    /// The number of bytes so far.
    public var byteCount: UInt64 { state.count }

    /// The state after the bytes so far.
    public var midstate: SHA256Midstate { SHA256Midstate(state) }

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        wharf_sha256_update(&state, path.rawValue, bytes.baseAddress, bytes.count)
    }

    package mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    /// Updates two hashers at once, in the calling thread.
    public static func update(
        _ first: inout SHA256Hasher, _ firstBytes: UnsafeRawBufferPointer,
        _ second: inout SHA256Hasher, _ secondBytes: UnsafeRawBufferPointer
    ) {
        guard first.path == second.path else {
            first.update(firstBytes)
            return second.update(secondBytes)
        }
        wharf_sha256_update_two(
            &first.state, firstBytes.baseAddress, firstBytes.count, &second.state, secondBytes.baseAddress,
            secondBytes.count, first.path.rawValue)
    }

    /// The digest of the bytes so far; more can follow.
    public func finalize() -> Digest {
        let bytes = [UInt8](unsafeUninitializedCapacity: 32) { bytes, count in
            withUnsafePointer(to: state) { wharf_sha256_digest($0, path.rawValue, bytes.baseAddress) }
            count = 32
        }
        return Digest(sha256: bytes)
    }
}

/// The state of a SHA-256 after some bytes: 40 to 103 bytes that do not depend on the machine.
///
/// They are the number of the hashed bytes (8 bytes), the chain after the last whole block (FIPS 180-4, section 6.2: 32
/// bytes), and the hashed bytes after that block, numbers with their most significant byte first. States of one stream
/// are thus ordered by their length.
public struct SHA256Midstate: Hashable, Sendable {
    public let bytes: [UInt8]

    /// Nil unless there are as many bytes as their first eight require.
    public init?(bytes: some Sequence<UInt8>) {
        self.bytes = Array(bytes)
        guard self.bytes.count >= 40, self.bytes.count == 40 + Int(byteCount % 64) else { return nil }
    }

    /// The number of hashed bytes.
    public var byteCount: UInt64 { bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) } }

    fileprivate init(_ state: wharf_sha256) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(40 + Int(state.count % 64))
        withUnsafeBytes(of: state.count.bigEndian) { bytes += $0 }
        withUnsafeBytes(of: state.chain) { chain in
            for word in chain.bindMemory(to: UInt32.self) { withUnsafeBytes(of: word.bigEndian) { bytes += $0 } }
        }
        withUnsafeBytes(of: state.tail) { bytes += $0.prefix(Int(state.count % 64)) }
        self.bytes = bytes
    }

    fileprivate var state: wharf_sha256 {
        var state = wharf_sha256()
        state.count = byteCount
        withUnsafeMutableBytes(of: &state.chain) { chain in
            let words = chain.bindMemory(to: UInt32.self)
            for index in words.indices {
                words[index] = bytes[8 + 4 * index..<12 + 4 * index].reduce(0) { $0 << 8 | UInt32($1) }
            }
        }
        withUnsafeMutableBytes(of: &state.tail) { $0.copyBytes(from: bytes[40...]) }
        return state
    }
}
