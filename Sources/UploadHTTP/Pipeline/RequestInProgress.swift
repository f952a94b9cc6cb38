import HTTPWire
import HummingbirdCore

/// A request between its header and its response, with everything that the pipeline knows of it.
final class RequestInProgress: Sendable {
    let request: Request
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
        self.endpoint = endpoint
        self.wire = wire
        self.context = context
        self.ending = ending
        self.forwarded = forwarded
    }

    var crossOrigin: CrossOriginAccess? { context.crossOrigin ?? wire.crossOrigin }
}
