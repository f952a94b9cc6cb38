/// Splits a `multipart/form-data` body (RFC 7578) into its parts, from bytes in pieces of any size. It holds no more of a
/// part than one delimiter.
///
///     var parser = try MultipartParser(contentType: "multipart/form-data; boundary=x")
///     parser.append(bytes)
///     while let event = try parser.next() { … }
public struct MultipartParser: Sendable {
    public enum Event: Hashable, Sendable {
        /// The header of a part; its bytes follow.
        case part(MultipartHeader)
        case bytes([UInt8])
        /// The last byte of the part was reported.
        case partEnd
        /// The last part has ended. What follows is ignored.
        case end
    }

    /// Why a body, or its type, is no valid `multipart/form-data`; a predicate of it.
    public struct Problem: Error, Hashable, Sendable {
        public let text: String
    }

    /// Bytes of the header of one part.
    public static let headerBytesMax = 16 << 10
    /// Bytes before the first part.
    static let preambleBytesMax = 64 << 10

    private enum State {
        case preamble, delimiter, header, bytes, partEnd, epilogue
    }

    /// The line break before it belongs to it (RFC 2046, section 5.1.1).
    private let delimiter: [UInt8]
    private var state = State.preamble
    private var skipped = 0
    /// Starts with a line break, since the first delimiter may be at the start of the body.
    private var buffer: [UInt8] = [13, 10]
    private var position = 0

    /// - Parameter contentType: The field `Content-Type`.
    /// - Throws: `Problem` for a boundary that is missing or invalid.
    public init(contentType: String) throws(Problem) {
        guard let boundary = HeaderParameters(contentType)["boundary"], (1...200).contains(boundary.utf8.count),
            boundary.utf8.allSatisfy({ (0x20...0x7E).contains($0) })
        else { throw Problem(text: "needs a boundary of 1 to 200 printable characters") }
        delimiter = Array("\r\n--\(boundary)".utf8)
    }

    /// Whether a `Content-Type` is that of a form.
    public static func isForm(_ contentType: String) -> Bool {
        HeaderParameters(contentType).value.lowercased() == "multipart/form-data"
    }

    public mutating func append(_ bytes: some Sequence<UInt8>) {
        buffer.removeSubrange(..<position)
        position = 0
        if state != .epilogue { buffer.append(contentsOf: bytes) }
    }

    /// - Returns: nil if more bytes are needed, and after `end`.
    public mutating func next() throws(Problem) -> Event? {
        while true {
            switch state {
            case .preamble:
                let found = firstDelimiter()
                let skip = (found ?? max(position, buffer.count - delimiter.count + 1)) - position
                skipped += skip
                position += skip
                guard skipped <= Self.preambleBytesMax else {
                    throw Problem(text: "has no delimiter with the boundary of its type")
                }
                guard found != nil else { return nil }
                position += delimiter.count
                state = .delimiter
            case .delimiter:
                while position < buffer.count, buffer[position].isBlank { position += 1 }
                guard position + 2 <= buffer.count else { return nil }
                switch (buffer[position], buffer[position + 1]) {
                case (UInt8(ascii: "-"), UInt8(ascii: "-")):
                    state = .epilogue
                    return .end
                case (13, 10): state = .header
                default: throw Problem(text: "has a delimiter that other bytes follow")
                }
            case .header:
                guard let header = try takeHeader() else { return nil }
                state = .bytes
                return .part(header)
            case .bytes:
                if let end = firstDelimiter() {
                    state = .partEnd
                    if end > position { return .bytes(take(upTo: end)) }
                } else {
                    // The last bytes may be the start of a delimiter.
                    let safe = buffer.count - delimiter.count + 1
                    return safe > position ? .bytes(take(upTo: safe)) : nil
                }
            case .partEnd:
                position += delimiter.count
                state = .delimiter
                return .partEnd
            case .epilogue: return nil
            }
        }
    }

    /// To be called at the end of the body.
    ///
    /// - Throws: `Problem` if a part, or the closing delimiter, is incomplete.
    public func finish() throws(Problem) {
        guard state == .epilogue else { throw Problem(text: "ends before its closing delimiter") }
    }

    // MARK: -

    /// The header of a part, from the line break after the delimiter on; nil if it is incomplete.
    private mutating func takeHeader() throws(Problem) -> MultipartHeader? {
        let end: [UInt8] = [13, 10, 13, 10]
        guard let found = Self.first(end, in: buffer, from: position) else {
            // The last bytes may be the start of its end.
            guard buffer.count - position < Self.headerBytesMax + end.count else {
                throw Problem(text: "has a part with a header of more than \(Self.headerBytesMax) bytes")
            }
            return nil
        }
        guard found - position <= Self.headerBytesMax else {
            throw Problem(text: "has a part with a header of more than \(Self.headerBytesMax) bytes")
        }
        let text = String(decoding: buffer[position..<found], as: UTF8.self)
        position = found + end.count
        return MultipartHeader(text)
    }

    private mutating func take(upTo end: Int) -> [UInt8] {
        defer { position = end }
        return Array(buffer[position..<end])
    }

    private func firstDelimiter() -> Int? { Self.first(delimiter, in: buffer, from: position) }

    private static func first(_ pattern: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        var index = start
        let last = bytes.count - pattern.count
        while index <= last {
            // Nearly all bytes differ from the first one.
            if bytes[index] == pattern[0], bytes[index...].starts(with: pattern) { return index }
            index += 1
        }
        return nil
    }
}
