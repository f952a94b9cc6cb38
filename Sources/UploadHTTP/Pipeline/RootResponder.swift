import HTTPWire
import Hummingbird
package import HummingbirdCore
package import Logging

/// Answers every request of the server's connections: routes those of the protocols, and reports the rest as not found.
package struct RootResponder: Sendable {
    private let responder: RouterResponder<UploadContext>
    private let protocols: UploadProtocols
    private let logger: Logger

    package init(_ protocols: UploadProtocols, authenticator: any Authenticator, logger: Logger) {
        let router = Router(context: UploadContext.self)
        protocols.mount(on: router, at: "", channel: \.requestChannel) { request, _ in
            await authenticator.caller(of: request.head)
        }
        // Middleware sees requests that no route added before it takes.
        router.add(middleware: NotFoundMiddleware(protocols: protocols))
        responder = router.buildResponder()
        self.protocols = protocols
        self.logger = logger
    }

    /// Always answers; an error becomes the response of its protocol.
    package func respond(to request: Request, _ requestChannel: any RequestChannel) async -> Response {
        let context = UploadContext(source: .init(logger: logger, requestChannel: requestChannel))
        // Neither routes nor the middleware throw.
        return (try? await responder.respond(to: request, context: context)) ?? Response(status: .notFound)
    }

    /// The response to bytes that are no request.
    func response(to failure: RequestFailure) -> Response { protocols.response(to: failure) }
}

/// Answers where there is no route. The router's own response has no body, and does not tell a wrong method from a wrong path.
private struct NotFoundMiddleware: RouterMiddleware {
    let protocols: UploadProtocols

    func handle(
        _ request: Request, context: UploadContext, next: (Request, UploadContext) async throws -> Response
    ) async throws -> Response {
        await protocols.respondToUnknown(request, context)
    }
}
