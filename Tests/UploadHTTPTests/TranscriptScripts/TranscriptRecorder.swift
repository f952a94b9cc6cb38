import SessionCore
import UploadCore
import UploadTestKit

/// Sends one request after the other and writes down everything that is said.
///
/// A second passes before each request, and the clock begins the same for everybody, so times are what they are. Ids,
/// which are random, and boundaries of multiparts are written as names.
final class TranscriptRecorder {
    private let transport: any Transport
    let clock: ManualClock
    private var names = TranscriptNames()
    private(set) var text: String

    init(_ title: String, over transport: any Transport, clock: ManualClock) {
        self.transport = transport
        self.clock = clock
        text = "# \(title)\n"
    }

    /// Says what comes next is about.
    func about(_ topic: String) {
        text += "\n## \(topic)\n"
    }

    /// - Parameters:
    ///   - caller: Whose token is sent; nil for none.
    ///   - bearer: The token of a link, which is sent instead.
    ///   - show: What is written down of the answer's body; nil for all of it.
    @discardableResult
    func call(
        _ method: String, _ target: String, by caller: String? = "anna", bearer: String? = nil,
        _ fields: [(name: String, value: String)] = [],
        json: String? = nil, bytes: [UInt8]? = nil, framing: ClientRequest.Framing = .contentLength,
        trailers: [(name: String, value: String)] = [], show: ((ClientResponse) -> String)? = nil
    ) async throws -> ClientResponse {
        clock.advance(milliseconds: 1000)
        let caller = bearer == nil ? caller : "guest"
        let authorization =
            bearer.map { (name: "Authorization", value: "Bearer \($0)") } ?? caller.map(TestCallers.authorization)
        let request = ClientRequest(
            method, target, fields: [authorization].compactMap(\.self) + fields,
            body: json.map { Array($0.utf8) } ?? bytes, framing: framing, trailers: trailers)
        let response = try await transport.send(request)
        names.learn(from: response)
        write(request, from: caller)
        write(response, show)
        return response
    }

    func advance(milliseconds: Int64) {
        clock.advance(milliseconds: milliseconds)
        text += "\n(\(milliseconds) milliseconds pass.)\n"
    }

    // MARK: - Writing down

    private func write(_ request: ClientRequest, from caller: String?) {
        var lines = ["\(request.method) \(request.target)\(caller.map { "  (\($0))" } ?? "")"]
        lines += request.fields.filter { $0.name != "Authorization" || caller == nil }
            .map { "\($0.name): \($0.value)" }
        if case .chunked = request.framing { lines.append("Transfer-Encoding: chunked") }
        if let body = request.body { lines.append(Self.presented(body)) }
        lines += request.trailers.map { "(after the body) \($0.name): \($0.value)" }
        write(lines, mark: ">")
    }

    private func write(_ response: ClientResponse, _ show: ((ClientResponse) -> String)?) {
        let isJSON = response["Content-Type"]?.hasSuffix("json") ?? false
        let fields = response.fields.map { (name: $0.name.lowercased(), value: $0.value) }
            .filter { !Self.unimportant.contains($0.name) && !($0.name == "content-length" && (isJSON || show != nil)) }
            .sorted { ($0.name, $0.value) < ($1.name, $1.value) }
        var lines = ["\(response.status)"] + fields.map { "\($0.name): \($0.value)" }
        if let show {
            lines.append(show(response))
        } else if let json = response.json, isJSON {
            lines.append(json.rendered())
        } else if !response.body.isEmpty {
            lines.append(Self.presented(response.body))
        }
        write(lines, mark: "<")
    }

    private func write(_ lines: [String], mark: String) {
        if mark == ">" { text += "\n" }
        for line in lines.joined(separator: "\n").split(separator: "\n", omittingEmptySubsequences: false) {
            text += "\(mark) \(names.applied(to: String(line)))\n"
        }
    }

    /// Fields of the transport, and the random id of the request.
    private static let unimportant: Set<String> = ["connection", "date", "server", "transfer-encoding", "x-request-id"]

    /// Short text as it is; anything else by its size and SHA-256.
    private static func presented(_ bytes: [UInt8]) -> String {
        let isText = bytes.allSatisfy { $0 >= 0x20 || $0 == 0x0A || $0 == 0x0D }
        if isText, bytes.count <= 600, let text = String(validating: bytes, as: UTF8.self) {
            return text.isEmpty ? "‹no bytes›" : text.replacing("\r\n", with: "\n")
        }
        return "‹\(bytes.count) bytes, sha-256 \(Digest(of: bytes).hex.prefix(16))…›"
    }
}
