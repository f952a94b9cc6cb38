import HTTPTypes
import HTTPWire
import ResumableWire
import Testing

/// A client of “Resumable Uploads for HTTP” of one version, that says what it is told to.
struct ResumableClient: Sendable {
    typealias Fields = [(name: String, value: String)]

    let transport: any Transport
    let version: InteropVersion
    /// Where it creates uploads.
    var target = "/files"

    init(_ transport: any Transport, _ version: InteropVersion) {
        self.transport = transport
        self.version = version
    }

    // MARK: - Requests

    func creation(
        isComplete: Bool, _ body: [UInt8]? = nil, length: Int? = nil, _ fields: Fields = [],
        framing: ClientRequest.Framing = .contentLength
    ) -> ClientRequest {
        let creation = ResumableCreation(version: version, isComplete: isComplete, length: length.map(UInt64.init))
        return ClientRequest(
            "POST", target, fields: creation.fields.pairs + fields, body: body ?? [], framing: framing)
    }

    /// - Parameter isLast: nil without the field.
    func append(
        to upload: String, at offset: Int, isLast: Bool?, _ body: [UInt8]? = nil, length: Int? = nil,
        _ fields: Fields = [], framing: ClientRequest.Framing = .contentLength
    ) -> ClientRequest {
        let append = ResumableAppend(
            version: version, offset: UInt64(offset), end: isLast.map { .stated(isLast: $0) } ?? .atLength,
            length: length.map(UInt64.init))
        return ClientRequest(
            "PATCH", upload, fields: append.fields.pairs + fields, body: body ?? [], framing: framing)
    }

    func request(_ method: String, _ upload: String, _ fields: Fields = []) -> ClientRequest {
        ClientRequest(
            method, upload, fields: [("Upload-Draft-Interop-Version", "\(version.number)")] + fields)
    }

    // MARK: - Exchanges

    func send(_ request: ClientRequest) async throws -> ClientResponse { try await transport.send(request) }

    func head(_ upload: String) async throws -> ClientResponse { try await send(request("HEAD", upload)) }

    /// Creates an incomplete upload with some bytes.
    ///
    /// - Returns: Its path.
    func begin(_ body: [UInt8] = [], length: Int? = nil, _ fields: Fields = []) async throws -> String {
        let response = try await send(creation(isComplete: false, body, length: length, fields))
        try #require(response.status == 201, "\(response.status) \(response.text)")
        return String(try #require(response["Location"]).pathOfURL)
    }

    /// The content of a finished upload; nil if there is none.
    func content(of upload: String) async throws -> [UInt8]? {
        let response = try await send(ClientRequest("GET", upload))
        return response.status == 200 ? response.body : nil
    }

    // MARK: - Answers

    func state(in response: ClientResponse) -> ResumableState? {
        ResumableState(HTTPFields(response.fields), version)
    }

    /// Requires that an upload has an offset and is not complete.
    func expect(
        _ upload: String, at offset: Int, isComplete: Bool = false, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let response = try await head(upload)
        #expect(response.status == 204, sourceLocation: sourceLocation)
        let state = state(in: response)
        #expect(state?.offset == UInt64(offset), sourceLocation: sourceLocation)
        #expect(state?.isComplete == isComplete, sourceLocation: sourceLocation)
    }
}

extension HTTPFields {
    var pairs: [(name: String, value: String)] { map { ($0.name.rawName, $0.value) } }
}

extension ClientResponse {
    /// The 104 responses before it.
    var resumptions: [ClientResponse] { interimAnswers.filter { $0.status == 104 } }

    /// The type of a problem.
    var problemType: String? { json?["type"]?.text }
}

extension InteropVersion {
    static func of(_ number: Int) -> InteropVersion { InteropVersion(number: number) ?? .latest }
}
