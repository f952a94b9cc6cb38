import HTTPTypes
import UploadClient

/// Records sent and acknowledged chunks in the ledger.
struct RecordingTransport: UploadTransport {
    let next: any UploadTransport
    let ledger: CrashLedger

    func send(_ request: TransportRequest) async throws -> TransportResponse {
        let chunk = Self.chunk(of: request)
        if let chunk { ledger.sending(chunk) }
        ledger.step()
        let response = try await next.send(request)
        let isAcknowledged = chunk != nil && response.status == .noContent
        if let chunk, isAcknowledged { ledger.acknowledged(chunk) }
        ledger.step(isAcknowledgement: isAcknowledged || Self.isAcknowledgementOfTus(request, response.status))
        return response
    }

    /// Whether a response of tus acknowledges an offset.
    private static func isAcknowledgementOfTus(_ request: TransportRequest, _ status: HTTPResponse.Status) -> Bool {
        request.method == .patch && status == .noContent
            || request.method == .post && status == .created && request.path == TusCalls.creation
    }

    /// Parses `PUT /v1/uploads/{upload}/chunks/{index}`.
    private static func chunk(of request: TransportRequest) -> CrashLedger.Chunk? {
        let segments = request.path.split(separator: "/")
        guard request.method == .put, segments.count == 5, segments[1] == "uploads",
            let index = segments.last.flatMap({ UInt64($0) })
        else { return nil }
        return CrashLedger.Chunk(upload: String(segments[2]), index: index)
    }
}
