import Measuring

/// The response of a server.
struct Answer {
    let status: Int
    let length: Int
    /// The path of `Location`.
    let location: String?
    var body: [UInt8] = []

    init(head: ArraySlice<UInt8>) throws(BenchError) {
        let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count >= 2, let status = Int(words[1]) else { throw BenchError("no answer: \(lines)") }
        self.status = status
        func field(_ name: String) -> Substring? {
            lines.lazy.compactMap { line in
                let parts = line.split(separator: ":", maxSplits: 1)
                return parts.count == 2 && parts[0].lowercased() == name ? parts[1].drop { $0 == " " } : nil
            }.first
        }
        length = field("content-length").flatMap { Int($0) } ?? 0
        location = field("location").map { url in
            guard let scheme = url.firstRange(of: "://") else { return String(url) }
            return String(url[scheme.upperBound...].drop { $0 != "/" })
        }
    }

    var text: String { String(decoding: body, as: UTF8.self) }

    /// A string of a flat JSON document without escapes.
    func value(_ name: String) throws(BenchError) -> String {
        let text = text
        guard let name = text.firstRange(of: "\"\(name)\":\""), let end = text[name.upperBound...].firstIndex(of: "\"")
        else { throw BenchError("there is no \(name) in \(text)") }
        return String(text[name.upperBound..<end])
    }

    static func endOfHead(in bytes: [UInt8]) -> Int? {
        let (carriageReturn, lineFeed) = (UInt8(13), UInt8(10))
        guard bytes.count >= 4 else { return nil }
        return (4...bytes.count).first { end in
            bytes[end - 1] == lineFeed && bytes[end - 2] == carriageReturn && bytes[end - 3] == lineFeed
                && bytes[end - 4] == carriageReturn
        }
    }
}
