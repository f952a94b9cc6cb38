import BareServing

/// What a request asks of a bucket, by its method, its path and its query.
struct BucketRequest {
    enum Action {
        case counts
        case put(String)
        case get(String, ClosedRange<Int>?)
        case headBucket
        case delete(String)
        case deleteObjects
        case list(prefix: String, after: String, limit: Int)
        case unknown
    }

    let action: Action
    let length: Int
    /// In base64.
    let checksum: Substring?

    init(_ head: RequestHead) {
        length = head.contentLength
        checksum = head["x-amz-checksum-crc32"]
        let sides = head.target.split(separator: "?", maxSplits: 1)
        let path = sides.first ?? ""
        var query: [Substring: String] = [:]
        for pair in sides.dropFirst().first?.split(separator: "&") ?? [] {
            let words = pair.split(separator: "=", maxSplits: 1)
            query[words[0]] = words.count > 1 ? Self.decoded(words[1]) : ""
        }
        // `/bucket/key`, of which the bucket does not matter.
        let name = path.dropFirst().drop { $0 != "/" }.dropFirst()
        action =
            switch (head.method, name.isEmpty) {
            case ("GET", true) where path == "/_counts": .counts
            case ("GET", true):
                .list(
                    prefix: query["prefix"] ?? "", after: query["start-after"] ?? "",
                    limit: query["max-keys"].flatMap { Int($0) } ?? 1000)
            case ("HEAD", true): .headBucket
            case ("POST", true) where query["delete"] != nil: .deleteObjects
            case ("PUT", false) where head["x-amz-copy-source"] == nil: .put(String(name))
            case ("GET", false): .get(String(name), Self.bounds(head["range"]))
            case ("DELETE", false): .delete(String(name))
            default: .unknown
            }
    }

    var kind: Objects.Request? {
        switch action {
        case .counts: nil
        case .put: .put
        case .get: .get
        case .headBucket: .head
        case .delete: .delete
        case .deleteObjects: .deleteObjects
        case .list: .list
        case .unknown: .other
        }
    }

    /// Whether the body is needed, and not only its length.
    func keepsBody(in objects: Objects) -> Bool {
        switch action {
        case .put: length <= objects.keptBytesMax
        case .deleteObjects: true
        default: false
        }
    }

    /// Of `bytes=FIRST-LAST`.
    private static func bounds(_ field: Substring?) -> ClosedRange<Int>? {
        let numbers = field?.drop { $0 != "=" }.dropFirst().split(separator: "-").compactMap { Int($0) } ?? []
        return numbers.count == 2 && numbers[0] <= numbers[1] ? numbers[0]...numbers[1] : nil
    }

    private static func decoded(_ text: Substring) -> String {
        var (bytes, rest) = ([UInt8](), text.utf8[...])
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2)
            if byte == UInt8(ascii: "%"), let value = UInt8(String(Substring(digits)), radix: 16) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
