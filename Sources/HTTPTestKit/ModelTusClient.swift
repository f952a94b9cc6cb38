/// The decisions of tus-js-client (versions 4 and 5, `lib/upload.ts`), which Uppy uses: its requests, when it retries, and when it
/// creates a new upload. A pure value: the test sends the requests and reports the responses; delays are results.
///
///     var client = ModelTusClient(endpoint: "/files", size: body.count)
///     var step = client.start()
///     while case .send(let request) = step { step = client.receive(await send(request)) }
package struct ModelTusClient: Sendable {
    package struct Request: Hashable, Sendable {
        package var method: String
        package var url: String
        package var fields: [String: String]
        /// The bytes of the file in the body; nil for no body.
        package var body: Range<Int>?
    }

    package struct Response: Sendable {
        package var status: Int
        /// Names in lower case.
        package var fields: [String: String]

        package init(status: Int, fields: [String: String] = [:]) {
            self.status = status
            self.fields = fields
        }
    }

    package enum Step: Hashable, Sendable {
        case send(Request)
        /// Wait, then call `start`.
        case retry(afterMilliseconds: Int)
        case succeeded
        /// The user is shown an error: with the status, or nil after a broken connection.
        case failed(Int?)
    }

    package let endpoint: String
    package let size: Int
    /// One for each attempt in a row that makes no progress; the client gives up after the last.
    package var retryDelays = [0, 1000, 3000, 5000]
    /// Bytes of one `PATCH`; nil for all the rest.
    package var chunkSize: Int?
    /// Sent with each request.
    package var fields: [String: String] = [:]
    /// `Upload-Metadata` of the creation; empty for none.
    package var metadata = ""
    /// The URL of the upload; of an earlier one, if it is given before the start.
    package var url: String?
    /// Whether the client remembers the URL for the next visit of the page.
    package private(set) var isURLStored: Bool
    package private(set) var offset: Int?

    private var sent: Request?
    private var retryAttempt = 0
    private var offsetBeforeRetry: Int?

    /// - Parameter storedURL: The URL that an earlier visit has stored for the file.
    package init(endpoint: String, size: Int, storedURL: String? = nil) {
        self.endpoint = endpoint
        self.size = size
        url = storedURL
        isURLStored = storedURL != nil
    }

    /// Begins the upload, or goes on with it.
    package mutating func start() -> Step {
        url.map { send("HEAD", $0) } ?? create()
    }

    /// - Parameter response: nil if the connection broke.
    package mutating func receive(_ response: Response?) -> Step {
        guard let sent, let response else { return failed(nil) }
        let isSuccess = (200..<300).contains(response.status)
        switch sent.method {
        case "POST":
            guard isSuccess, let location = response.fields["location"] else { return failed(response.status) }
            url = location
            isURLStored = true
            offset = 0
            return size == 0 ? .succeeded : patch(location, from: 0)
        case "HEAD":
            guard isSuccess else {
                if response.status == 423 { return failed(423) }
                if (400..<500).contains(response.status) { isURLStored = false }
                url = nil
                return create()
            }
            fallthrough
        default:
            guard isSuccess, let text = response.fields["upload-offset"], let end = Int(text), let url else {
                return failed(response.status)
            }
            offset = end
            return end == size ? .succeeded : patch(url, from: end)
        }
    }

    // MARK: -

    private mutating func create() -> Step {
        var more = ["Upload-Length": String(size)]
        if !metadata.isEmpty { more["Upload-Metadata"] = metadata }
        return send("POST", endpoint, more)
    }

    private mutating func patch(_ url: String, from offset: Int) -> Step {
        let fields = ["Upload-Offset": String(offset), "Content-Type": "application/offset+octet-stream"]
        return send("PATCH", url, fields, body: offset..<min(size, offset + (chunkSize ?? size)))
    }

    private mutating func send(
        _ method: String, _ url: String, _ more: [String: String] = [:], body: Range<Int>? = nil
    ) -> Step {
        let all = fields.merging(more) { $1 }.merging(["Tus-Resumable": "1.0.0"]) { $1 }
        let request = Request(method: method, url: url, fields: all, body: body)
        sent = request
        return .send(request)
    }

    /// Retries after a broken connection and after every status but 4xx, and of these after 409 and 423. Progress since the last
    /// retry resets the count.
    private mutating func failed(_ status: Int?) -> Step {
        if let offset, offset > offsetBeforeRetry ?? 0 { retryAttempt = 0 }
        let isFinal = status.map { (400..<500).contains($0) && $0 != 409 && $0 != 423 } ?? false
        guard !isFinal, retryAttempt < retryDelays.count else { return .failed(status) }
        defer { retryAttempt += 1 }
        offsetBeforeRetry = offset
        return .retry(afterMilliseconds: retryDelays[retryAttempt])
    }
}

extension ModelTusClient {
    /// The ranges that `parallelUploads` splits a file into: equal ones, of which the last has the rest.
    package static func parts(ofSize size: Int, count: Int) -> [Range<Int>] {
        (0..<count).map { part in size / count * part..<(part == count - 1 ? size : size / count * (part + 1)) }
    }

    /// The fields of the request that joins parts.
    package static func final(_ urls: [String], metadata: String) -> [String: String] {
        [
            "Tus-Resumable": "1.0.0", "Upload-Concat": "final;" + urls.joined(separator: " "),
            "Upload-Metadata": metadata,
        ]
    }
}
