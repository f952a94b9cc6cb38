import AsyncHTTPClient
import BlobStorageS3
import HTTPWire
import NIOCore
import NIOHTTP1
import SessionCore
import UploadCore
import UploadModel
import UploadSimulation
import UploadTestKit

/// A request as the engine has received it.
struct BucketRequest: Sendable {
    let method: String
    /// Below the bucket.
    let name: String
    let query: [String: String]
    let headers: HTTPHeaders
    let body: [UInt8]

    init(_ request: HTTPClientRequest, bucket: String) async throws {
        method = request.method.rawValue
        headers = request.headers
        let target = request.url.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: true).last ?? ""
        let parts = target.split(separator: "?", maxSplits: 1)
        name = String((parts.first ?? "").dropFirst(bucket.utf8.count).drop { $0 == "/" })
        var query: [String: String] = [:]
        for pair in parts.count > 1 ? parts[1].split(separator: "&") : [] {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            query[String(sides[0])] = sides.count > 1 ? String(sides[1]).replacing("%2F", with: "/") : ""
        }
        self.query = query
        var bytes: [UInt8] = []
        if let body = request.body { for try await buffer in body { bytes += buffer.readableBytesView } }
        body = bytes
    }
}

/// What the engine does with a request: the response, or what the client notices instead.
enum BucketAnswer: Sendable {
    /// - Parameter breaks: Whether the connection breaks after the bytes of the body.
    case response(status: Int, [UInt8], HTTPHeaders = [:], breaks: Bool = false)
    case noResponse
}

extension SimulatedBucket {
    static let name = "photos"
    static let skewMax: Int64 = 15 * 60_000

    func answer(_ request: BucketRequest) -> BucketAnswer {
        if isSkewed(request) {
            return refusal(403, "RequestTimeTooSkewed", ["date": world.clock.now().httpDate])
        }
        if draws(\.refused) {
            return switch world.draw({ $0.below(4) }) {
            case 0: .noResponse
            case 1: refusal(503, "SlowDown")
            case 2: refusal(500, "InternalError")
            default: refusal(400, "RequestTimeout")
            }
        }
        let answer =
            switch (request.method, request.name) {
            case ("PUT", _): put(request)
            case ("GET", ""): list(request)
            case ("GET", _): get(request)
            case ("POST", ""): deleteAll(request)
            case ("DELETE", _): deleteOne(request)
            default: refusal(405, "MethodNotAllowed")
            }
        return draws(\.answerLost) ? .noResponse : answer
    }

    private func refusal(_ status: Int, _ code: String, _ headers: HTTPHeaders = [:]) -> BucketAnswer {
        .response(status: status, errorDocument(code), headers)
    }

    private func errorDocument(_ code: String) -> [UInt8] {
        Array("<?xml version=\"1.0\"?><Error><Code>\(code)</Code><Message>a failure</Message></Error>".utf8)
    }

    private func isSkewed(_ request: BucketRequest) -> Bool {
        guard let date = request.headers.first(name: "x-amz-date"), let time = Timestamp(compactDate: date) else {
            return true
        }
        return abs(time.milliseconds - world.clock.now().milliseconds) > Self.skewMax
    }

    // MARK: - Objects

    private func put(_ request: BucketRequest) -> BucketAnswer {
        var bytes = request.body
        if draws(\.damaged), !bytes.isEmpty { bytes[world.draw { $0.below(bytes.count) }] ^= 4 }
        let checksum = bytes.withUnsafeBytes { Checksum.empty.appending($0) }.base64
        guard checksum == request.headers.first(name: "x-amz-checksum-crc32") else { return refusal(400, "BadDigest") }
        if draws(\.late) {
            arriveLater(request.name, bytes)
            return .noResponse
        }
        if draws(\.errorDocument) {
            switch world.draw({ $0.below(3) }) {
            case 0: put(request.name, bytes)
            case 1: arriveLater(request.name, bytes)
            default: break
            }
            return .response(status: 200, errorDocument("InternalError"))
        }
        put(request.name, bytes)
        return .response(status: 200, [], ["x-amz-checksum-crc32": checksum])
    }

    private func get(_ request: BucketRequest) -> BucketAnswer {
        guard let object = read(request.name) else { return refusal(404, "NoSuchKey") }
        guard let bounds = bounds(request) else { return refusal(400, "InvalidRequest") }
        guard bounds.lowerBound < object.count else { return refusal(416, "InvalidRange") }
        let range = bounds.clamped(to: 0..<object.count)
        let (bytes, headers) = (Array(object[range]), Self.contents(range, of: object))
        guard draws(\.badRead) else { return .response(status: 206, bytes, headers) }
        let (kind, count) = world.draw { ($0.below(3), $0.below(range.count)) }
        return switch kind {
        case 0: .response(status: 206, Array(bytes.prefix(count)), headers, breaks: true)
        case 1: .response(status: 206, Array(bytes.prefix(count)), headers)
        default: .response(status: 206, bytes + [7], headers)
        }
    }

    private static func contents(_ range: Range<Int>, of object: [UInt8]) -> HTTPHeaders {
        ["content-range": "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(object.count)"]
    }

    private func bounds(_ request: BucketRequest) -> Range<Int>? {
        let numbers = (request.headers.first(name: "range") ?? "").dropFirst(6).split(separator: "-").compactMap {
            Int($0)
        }
        return numbers.count == 2 && numbers[0] <= numbers[1] ? numbers[0]..<numbers[1] + 1 : nil
    }

    // MARK: - Deletions and lists

    private func deleteOne(_ request: BucketRequest) -> BucketAnswer {
        if draws(\.undeleted) { return refusal(500, "InternalError") }
        delete(request.name)
        return .response(status: 204, [])
    }

    private func deleteAll(_ request: BucketRequest) -> BucketAnswer {
        let document = String(decoding: request.body, as: UTF8.self)
        let names = document.split(separator: "<Key>").dropFirst().compactMap { $0.split(separator: "<").first }
        var result = "<DeleteResult>"
        for name in names.map(String.init) {
            if draws(\.undeleted) {
                result += "<Error><Key>\(name)</Key><Code>InternalError</Code><Message>later</Message></Error>"
            } else {
                delete(name)
            }
        }
        return .response(status: 200, Array((result + "</DeleteResult>").utf8))
    }

    private func list(_ request: BucketRequest) -> BucketAnswer {
        let limit = request.query["max-keys"].flatMap { Int($0) } ?? 1000
        let names = names(prefix: request.query["prefix"] ?? "", after: request.query["start-after"] ?? "")
        var result = "<ListBucketResult><IsTruncated>\(names.count > limit)</IsTruncated>"
        for name in names.prefix(limit) {
            result += "<Contents><Key>\(name)</Key><Size>\(read(name)?.count ?? 0)</Size></Contents>"
        }
        return .response(status: 200, Array((result + "</ListBucketResult>").utf8))
    }
}
