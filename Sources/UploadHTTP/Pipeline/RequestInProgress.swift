import HTTPWire
import HummingbirdCore
import UploadCore

/// A request between its header and its response, with everything that the pipeline knows of it.
final class RequestInProgress: Sendable {
    let request: Request
    /// Read once: an operation asks for many names.
    let query: Result<QueryFields, UploadError>
    let endpoint: Endpoint
    let wire: any UploadProtocol
    let context: RequestPipeline.Context
    let ending: RequestEnding
    let forwarded: ForwardedOrigin?
    let warnings = RequestWarnings()

    init(
        request: Request, endpoint: Endpoint, wire: any UploadProtocol, context: RequestPipeline.Context,
        ending: RequestEnding, forwarded: ForwardedOrigin?
    ) {
        self.request = request
        do throws(UploadError) {
            query = .success(try QueryFields(request.uri.query))
        } catch {
            query = .failure(error)
        }
        self.endpoint = endpoint
        self.wire = wire
        self.context = context
        self.ending = ending
        self.forwarded = forwarded
    }

    var crossOrigin: CrossOriginAccess? { context.crossOrigin ?? wire.crossOrigin }
}
