package import HummingbirdCore
package import Logging
import Hummingbird
import NativeWire
package import SessionCore
package import UploadCore

/// What every request passes: who calls, whether they may, what went wrong, what is counted.
package struct Front<Store: Catalogue, Blobs: BlobStore, Time: WallClock>: Sendable {
    private let responder: RouterResponder<UploadContext>
    private let desk: Desk
    private let logger: Logger

    package init(
        uploads: UploadService<Store, Blobs, Time>, authenticator: any Authenticator, metrics: ServerMetrics,
        limits: HTTPLimits = HTTPLimits(), files: (any FileLender)? = nil, logger: Logger
    ) {
        let api = NativeAPI(uploads: uploads, files: files, metrics: metrics, limits: limits)
        let desk = Desk(authenticator: authenticator, metrics: metrics, limits: limits, logger: logger)
        let router = Router(context: UploadContext.self)
        for route in NativeRoute.all {
            router.on(RouterPath(route.template), method: route.method) { request, context in
                await desk.answer(request, context, to: route) { call in try await api.perform(route.operation, call) }
            }
        }
        responder = router.buildResponder()
        self.desk = desk
        self.logger = logger
    }

    /// Always answers; an error becomes a problem.
    package func respond(to request: Request, _ exchange: any Exchange) async -> Response {
        let context = UploadContext(source: .init(logger: logger, exchange: exchange))
        let response = try? await responder.respond(to: request, context: context)
        // The router has noted the route it took. Where it took none, its own answer says too little.
        if let response, context.endpointPath != nil { return response }
        return await desk.answer(request, context, to: nil) { _ in
            let methods = NativeRoute.methods(at: request.uri.path)
            throw methods.isEmpty ? Problem.notFound : Problem.methodNotAllowed(allow: methods)
        }
    }
}
