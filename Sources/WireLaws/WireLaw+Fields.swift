import HTTPTypes
import HTTPWire
import NativeWire
import SessionCore
import UploadModel

extension WireLaw {
    static let now = Timestamp(milliseconds: 1_795_383_322_123)

    static func byteRanges(_ text: String) -> String? {
        for size: UInt64 in [0, 1, 10_000, .max] {
            guard case .ranges(let ranges) = ByteRanges(text, size: size, countMax: 50) else { continue }
            if ranges.isEmpty || ranges.count > 50 { return "\(ranges.count) ranges" }
            var rest = size
            for range in ranges {
                if range.isEmpty || range.upperBound > size { return "\(range) of \(size)" }
                let count = range.upperBound - range.lowerBound
                if count > rest { return "more bytes than the whole has: \(ranges)" }
                rest -= count
                let part = ContentRange(range, of: size)
                if ContentRange(parsing: part.text) != part { return "“\(part.text)” is not read back" }
            }
        }
        return nil
    }

    static func contentDigest(_ text: String) -> String? {
        guard let digest = try? ContentDigest.parse(text) else { return nil }
        let written = ContentDigest.format(digest)
        return (try? ContentDigest.parse(written)) == digest ? nil : "“\(written)” is not read back"
    }

    static func contentDisposition(_ text: String) -> String? {
        let written = ContentDisposition.format(name: text, type: MediaType(stored: text))
        guard written.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else { return "not printable: \(written)" }
        let quotes = written.utf8.count { $0 == UInt8(ascii: "\"") }
        return quotes == 0 || quotes == 2 ? nil : "\(quotes) quotes: \(written)"
    }

    static func contentRange(_ text: String) -> String? {
        guard let range = ContentRange(parsing: text) else { return nil }
        return ContentRange(parsing: range.text) == range ? nil : "“\(range.text)” is not read back"
    }

    static func entityTag(_ text: String) -> String? {
        guard let tag = EntityTag(parsing: text) else { return nil }
        guard EntityTag(parsing: tag.text) == tag else { return "“\(tag.text)” is not read back" }
        return tag.matchesWeakly(tag) && tag.matchesStrongly(tag) != tag.isWeak ? nil : "“\(tag.text)” is not itself"
    }

    static func idempotencyKey(_ text: String) -> String? {
        guard let key = try? IdempotencyKeyField.parse(text) else { return nil }
        guard let written = IdempotencyKeyField.format(key) else { return "\(key.bytes) cannot be written" }
        return (try? IdempotencyKeyField.parse(written)) == key ? nil : "“\(written)” is not read back"
    }

    static func mediaType(_ text: String) -> String? {
        guard let type = try? MediaType(text) else { return nil }
        guard type.text.utf8.allSatisfy({ (0x20...0x7E).contains($0) || $0 == 0x09 }) else { return "not printable" }
        return (try? MediaType(type.text)) == type ? nil : "“\(type.text)” is not read back"
    }

    /// Evaluates the text as each field in turn, with a method chosen by its length: each field can only lead to its
    /// own outcomes, and ranges apply to `GET` alone.
    static func preconditions(_ text: String) -> String? {
        let tag = EntityTag(opaque: "a")
        let methods: [HTTPRequest.Method] = [.get, .head, .put]
        let method = methods[text.utf8.count % methods.count]
        for name: HTTPField.Name in [.ifMatch, .ifUnmodifiedSince, .ifNoneMatch, .ifModifiedSince, .ifRange] {
            let outcome = Preconditions([name: text], method: method, tag: tag, lastModified: now, now: now)
            let isWrong =
                switch outcome {
                case .proceed(let rangeCounts): rangeCounts && method != .get
                case .notModified: method == .put || name == .ifMatch || name == .ifRange
                case .preconditionFailed: method != .put && name == .ifNoneMatch || name == .ifRange
                }
            if isWrong { return "\(method) with \(name): \(outcome)" }
        }
        return nil
    }

    static func retryAfter(_ text: String) -> String? {
        guard let wait = RetryAfter.milliseconds([.retryAfter: text], now: now) else { return nil }
        return (0...RetryAfter.millisecondsMax).contains(wait) ? nil : "\(wait) ms"
    }

    static func memoryQuery(_ text: String) -> String? {
        for name in ["order", "cursor", "limit", "include"] {
            guard let query = try? MemoryQuery({ $0 == name ? text : nil }) else { continue }
            if query.limit <= 0 { return "a limit of \(query.limit)" }
            if query.includesInline != (name == "include") { return "\(name) is taken for include" }
        }
        return nil
    }

    static func pageQuery(_ text: String) -> String? {
        guard let query = try? PageQuery({ _ in text }) else { return nil }
        return query.limit > 0 ? nil : "a limit of \(query.limit)"
    }
}
