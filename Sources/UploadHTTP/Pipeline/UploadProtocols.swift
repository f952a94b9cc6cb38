import HTTPWire
public import Hummingbird
import Logging
import NIOPosix
public import SessionCore
public import UploadCore
import UploadTransfer

/// The protocols of a store: the native API, tus, and the page if there is one.
///
/// `UploadServer` serves them on a port. An application with a Hummingbird router of its own mounts them there, behind its own
/// middleware and with its own authentication:
///
///     let router = Router(context: AppContext.self)
///     let media = router.group("/media").add(middleware: Sessions())
///     let protocols = UploadProtocols(store.uploads, files: store.uploads.sessions.blobs)
///     protocols.mount(on: media, at: "/media") { request, context in
///         context.user.map { Caller(principal: Principal($0)) }
///     }
///
/// Over Hummingbird's own server, downloads are copied through the process, `Expect: 100-continue` is left to it, and checksums in
/// trailers are refused; `UploadServer` has all three.
public struct UploadProtocols: Sendable {
    let all: [any UploadProtocol]
    private let pipeline: RequestPipeline

    /// - Parameters:
    ///   - files: Opens stored files, so that downloads can be sent without a copy; nil if the store keeps none.
    ///   - metrics: By default recorded in the process's backend.
    ///   - prometheus: The backend of `metrics`, if `/metrics` is to answer with it.
    public init<Store: Catalogue, Blobs: BlobStore, Time: WallClock>(
        _ uploads: UploadService<Store, Blobs, Time>, files: (any OpenFileProvider)?,
        metrics: ServerMetrics = ServerMetrics(), prometheus: PrometheusMetrics? = nil,
        configuration: ProtocolConfiguration = ProtocolConfiguration()
    ) {
        let transfer = TransferService(uploads: uploads, files: files, observer: metrics) { job in
            // Fails only once the pool has stopped; the singleton never does.
            try? await NIOThreadPool.singleton.runIfActive { job() }
        }
        let downloads = DownloadResponder(transfer: transfer, rangesMax: configuration.limits.rangesMax)
        var protocols: [any UploadProtocol] = [
            NativeAPI(
                transfer: transfer, downloads: downloads, metrics: metrics, prometheus: prometheus,
                limits: configuration.limits, isDeriving: configuration.isDeriving),
            TusAPI(transfer: transfer, downloads: downloads, configuration: configuration.tus),
        ]
        if configuration.hasPage { protocols.append(PageRoutes(tus: configuration.tus)) }
        self.init(protocols, metrics: metrics, limits: configuration.limits)
    }

    /// - Parameter protocols: The first one answers requests that no route takes.
    package init(_ protocols: [any UploadProtocol], metrics: ServerMetrics, limits: HTTPLimits = HTTPLimits()) {
        all = protocols
        pipeline = RequestPipeline(protocols: protocols, metrics: metrics, limits: limits)
    }

    /// Adds the routes of all protocols to a router or a group of one.
    ///
    /// - Parameters:
    ///   - path: The path of the group, which comes before the protocols' own paths in the URLs of their responses: `/media`. Empty for
    ///     a router.
    ///   - authenticate: The caller, who may be in the context or in the header; nil is answered with 401. Not called for endpoints
    ///     that are open to everybody.
    public func mount<Context: RequestContext>(
        on router: some RouterMethods<Context>, at path: String = "",
        authenticate: @escaping @Sendable (Request, Context) async throws -> Caller?
    ) {
        mount(on: router, at: path, channel: { _ in DetachedRequestChannel() }, authenticate: authenticate)
    }

    func mount<Context: RequestContext>(
        on router: some RouterMethods<Context>, at path: String,
        channel: @escaping @Sendable (Context) -> any RequestChannel,
        authenticate: @escaping @Sendable (Request, Context) async throws -> Caller?
    ) {
        let pipeline = pipeline
        let mountPath = path.split(separator: "/").map { "/" + $0 }.joined()
        for wire in all {
            for route in wire.routes {
                for method in route.methods {
                    router.on(RouterPath(route.path), method: method) { request, context in
                        await pipeline.respond(
                            to: request, at: route.endpoint(request.head), of: wire,
                            .init(
                                parameters: context.parameters, channel: channel(context), logger: context.logger,
                                mountPath: mountPath)
                        ) { try await authenticate(request, context) }
                    }
                }
            }
        }
    }

    // MARK: - Requests without a route

    /// Answers a request to a path or with a method that no route has.
    func respondToUnknown(_ request: Request, _ context: UploadContext) async -> Response {
        let methods = methods(at: request.uri.path)
        let failure = methods.isEmpty ? RequestFailure.notFound : .methodNotAllowed(allow: methods)
        return await pipeline.respond(
            to: request, at: Endpoint(refusing: failure), of: all[0],
            .init(
                parameters: context.parameters, channel: context.requestChannel, logger: context.logger, mountPath: "")
        ) { nil }
    }

    /// The response to bytes that are no request.
    func response(to failure: RequestFailure) -> Response {
        all[0].response(to: failure, at: Endpoint(refusing: failure))
    }

    private func methods(at path: String) -> [HTTPRequest.Method] {
        let segments = path.split(separator: "/")
        return all.flatMap(\.routes).filter { route in
            let template = route.path.split(separator: "/")
            return !route.takesAnyMethod && template.count == segments.count
                && zip(template, segments).allSatisfy { $0 == $1 || $0.hasPrefix("{") }
        }.flatMap(\.methods)
    }
}

/// What the protocols offer, and within which limits.
public struct ProtocolConfiguration: Sendable {
    public var limits = HTTPLimits()
    public var tus = TusConfiguration()
    /// Whether there is a page for people at `/`.
    public var hasPage = false
    /// Whether photos are derived of uploads that ask for it; clients are told.
    public var isDeriving = false

    public init() {}
}
