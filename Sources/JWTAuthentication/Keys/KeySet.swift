import FoundationEssentials

/// The public keys of an issuer: a JWK Set (RFC 7517, section 5).
public struct KeySet: Sendable {
    /// Of the document.
    public static let bytesMax = 256 << 10
    /// Larger sets are refused, so that nothing depends on the order of keys.
    public static let keysMax = 64
    /// Keys that are tried for one token that does not name its key.
    static let attemptsMax = 8

    let keys: [VerificationKey]
    /// Why other keys of the document are not used, with their positions from 0: `0: it is not for signatures (use)`.
    public let skipped: [String]

    /// The number of usable keys, 1 at least.
    public var count: Int { keys.count }

    /// Reads a document. Keys that are malformed, of unsupported types, for other purposes, symmetric, or RSA keys of less than
    /// 2048 bits are skipped; private members of a key are ignored.
    ///
    /// - Throws: `KeySetError` for anything but a JWK Set, for one above the limits, and for one without a usable key: an
    ///   issuer that withdraws a key publishes another.
    public init(parsing bytes: [UInt8]) async throws(KeySetError) {
        guard bytes.count <= Self.bytesMax else { throw KeySetError("it has more than \(Self.bytesMax) bytes") }
        guard let document = try? JSONDecoder().decode(Document.self, from: Data(bytes)) else {
            throw KeySetError("it is not a JWK Set: an object with the keys in the array “keys”")
        }
        guard document.keys.count <= Self.keysMax else { throw KeySetError("it has more than \(Self.keysMax) keys") }
        var keys: [VerificationKey] = []
        var skipped: [String] = []
        for (index, element) in document.keys.enumerated() {
            do throws(UnusableKey) {
                keys.append(try await VerificationKey(try element.key.get()))
            } catch {
                skipped.append("\(index): \(error.reason)")
            }
        }
        guard !keys.isEmpty else {
            let reasons = skipped.isEmpty ? "" : " (\(skipped.joined(separator: "; ")))"
            throw KeySetError("it has no key that verifies signatures" + reasons)
        }
        self.keys = keys
        self.skipped = skipped
    }

    private struct Document: Decodable {
        let keys: [Element]
    }

    /// One key of the array: a malformed one does not make the others unreadable.
    private struct Element: Decodable {
        let key: Result<JSONWebKey, UnusableKey>

        init(from decoder: any Decoder) {
            key = (try? JSONWebKey(from: decoder)).map { .success($0) } ?? .failure(UnusableKey("it is malformed"))
        }
    }
}

extension KeySet: Equatable {
    /// Whether both have the same keys in the same order.
    public static func == (left: KeySet, right: KeySet) -> Bool {
        left.keys.map(\.key) == right.keys.map(\.key)
    }
}

/// Why a document cannot be used as keys.
public struct KeySetError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
