public import HTTPTypes
public import HTTPWire

/// `Upload-Checksum`: the expected checksum of a body. Checksums of 32 bits are sent with their most significant byte
/// first.
public struct UploadChecksum: Hashable, Sendable {
    public let algorithm: ChecksumAlgorithm
    public let bytes: [UInt8]

    /// - Throws: 400 for an unsupported algorithm and for a checksum of the wrong length.
    public init(_ text: String) throws(RequestFailure) {
        let parts = text.split(separator: " ", maxSplits: 1)
        guard parts.count == 2 else {
            throw .invalidField(TusField.uploadChecksum, "must be an algorithm, a space and the checksum in Base64")
        }
        guard let algorithm = ChecksumAlgorithm(rawValue: String(parts[0])) else {
            let known = ChecksumAlgorithm.allCases.map(\.rawValue).joined(separator: ", ")
            throw .invalidField(TusField.uploadChecksum, "names an algorithm that is none of \(known)")
        }
        guard let bytes = Base64.decode(parts[1].trimmingBlanks), bytes.count == algorithm.byteCount else {
            throw .invalidField(TusField.uploadChecksum, "has no \(algorithm.byteCount) bytes in Base64")
        }
        self.algorithm = algorithm
        self.bytes = bytes
    }

    /// The checksum of a body to be sent.
    ///
    /// - Parameter computed: Must include the algorithm.
    public init(_ algorithm: ChecksumAlgorithm, of computed: RunningChecksum) {
        self.algorithm = algorithm
        bytes = computed.bytes(algorithm)
    }

    public var text: String { "\(algorithm.rawValue) \(Base64.encode(bytes))" }
}

/// The expected checksum of a body, sent before or after it.
public enum ExpectedChecksum: Hashable, Sendable {
    case none
    case known(UploadChecksum)
    /// It follows the body, as the field `Trailer` announces. One that was not announced is refused.
    case inTrailer

    /// - Throws: 400.
    public init(_ fields: HTTPFields) throws(RequestFailure) {
        if let text = fields[TusField.uploadChecksum] {
            self = .known(try UploadChecksum(text))
        } else {
            let announced = (fields[.trailer] ?? "").split(separator: ",").map { $0.trimmingBlanks.lowercased() }
            self = announced.contains(TusField.uploadChecksum.canonicalName) ? .inTrailer : .none
        }
    }

    /// The algorithms to compute while the body is received. That of a checksum in a trailer is not known before.
    public var algorithms: [ChecksumAlgorithm] {
        switch self {
        case .none: []
        case .known(let checksum): [checksum.algorithm]
        case .inTrailer: ChecksumAlgorithm.allCases
        }
    }

    /// - Parameter trailers: The fields after a body without a checksum.
    /// - Throws: 400 for a checksum among them.
    public static func requireNone(in trailers: HTTPFields?) throws(RequestFailure) {
        guard trailers?[TusField.uploadChecksum] == nil else {
            throw .invalidField(
                TusField.uploadChecksum, "follows the body without having been announced by “Trailer: Upload-Checksum”")
        }
    }

    /// Compares the computed checksum with the expected one.
    ///
    /// - Parameter trailers: The fields after the body.
    /// - Throws: 460; 400 if the trailer is missing or malformed.
    public func require(_ computed: RunningChecksum, trailers: HTTPFields?) throws(RequestFailure) {
        let expected: UploadChecksum
        switch self {
        case .none: return
        case .known(let checksum): expected = checksum
        case .inTrailer:
            guard let text = trailers?[TusField.uploadChecksum] else {
                throw .invalidField(TusField.uploadChecksum, "was announced as a trailer and did not follow")
            }
            expected = try UploadChecksum(text)
        }
        let actual = computed.bytes(expected.algorithm)
        guard actual == expected.bytes else { throw .checksumMismatch(expected.algorithm, actual: actual) }
    }
}
