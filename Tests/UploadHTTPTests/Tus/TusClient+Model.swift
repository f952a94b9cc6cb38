import HTTPTestKit
import Testing

/// What became of an upload of a model client, and what it took.
struct ModelUpload: Sendable {
    var client: ModelTusClient
    var end: ModelTusClient.Step
    var requests: [ModelTusClient.Request] = []
    /// The delays that the client would have waited, in milliseconds.
    var delays: [Int] = []
}

extension TusClient {
    /// Uploads a file as the model decides. Delays are passed over.
    ///
    /// - Parameter send: Sends one request; returns nil for a broken connection.
    func upload(
        _ model: ModelTusClient, requestsMax: Int = 50,
        send: @Sendable (ModelTusClient.Request) async throws -> ModelTusClient.Response?
    ) async throws -> ModelUpload {
        var client = model
        var upload = ModelUpload(client: client, end: client.start())
        while true {
            switch upload.end {
            case .send(let request):
                try #require(upload.requests.count < requestsMax, "the client comes to no end")
                upload.requests.append(request)
                upload.end = client.receive(try await send(request))
            case .retry(let delay):
                upload.delays.append(delay)
                upload.end = client.start()
            case .succeeded, .failed:
                upload.client = client
                return upload
            }
        }
    }

    /// Uploads a file as the model decides, one connection a request.
    func upload(_ model: ModelTusClient, _ file: [UInt8], requestsMax: Int = 50) async throws -> ModelUpload {
        try await upload(model, requestsMax: requestsMax) { try await send($0, of: file) }
    }

    /// - Returns: nil for a broken connection.
    func send(_ request: ModelTusClient.Request, of file: [UInt8]) async throws -> ModelTusClient.Response? {
        let body = request.body.map { Array(file[$0]) } ?? []
        let text = head(for: request)
        let bytes = try await RawConnection.open(port: port) { connection in
            // The response may come before the end of the body.
            try? await connection.send(Array(text.utf8) + body)
            return await connection.readToEnd()
        }
        guard !bytes.isEmpty else { return nil }
        return try ModelTusClient.Response(TusAnswer(bytes, sourceLocation: #_sourceLocation))
    }

    /// The header of a request of the model.
    func head(for request: ModelTusClient.Request) -> String {
        var fields = request.fields
        fields["Content-Length"] = String(request.body?.count ?? 0)
        return head(request.method, String(request.url.pathOfURL), fields)
    }
}

extension ModelTusClient.Response {
    init(_ answer: TusAnswer) {
        self.init(status: answer.status, fields: answer.fields)
    }
}
