import HTTPTypes
package import HTTPWire
public import Hummingbird
public import Logging
import NIOPosix
public import SessionCore
public import UploadCore
public import UploadDerivation
import UploadTransfer

/// The protocols of a store: the native API, tus, and optionally the web page.
///
/// `UploadServer` serves them on a port. An application can instead mount them on its own Hummingbird router, behind
/// its own middleware and authentication:
///
///     let router = Router(context: AppContext.self)
///     let media = router.group("/media").add(middleware: Sessions())
///     let protocols = UploadProtocols(store.uploads, files: store.files)
///     protocols.mount(on: media, at: "/media") { request, context in
///         context.user.map { Caller(principal: Principal($0)) }
///     }
///
/// `UploadServer` sends files without copying them, sends `100 Continue` once a request is acceptable, and supports
/// checksums in trailers. Hummingbird's own server has none of these. Nor does it report the peer's address, so
/// `SiteConfiguration.trustedProxies` has no effect there; set `publicOrigin` behind a proxy, and `hosts` if your
/// authentication admits everybody.
public struct UploadProtocols: Sendable {
    let all: [any UploadProtocol]
    private let pipeline: RequestPipeline
    /// All routes with their methods, `HEAD` added where a path has `GET`.
    private let routes: [MountedRoute]
    /// The paths and methods of all routes, except those whose endpoint refuses methods itself.
    private let paths: [(segments: [Substring], methods: [HTTPRequest.Method])]

    private struct MountedRoute: Sendable {
        let wire: any UploadProtocol
        let route: Route
        let methods: [HTTPRequest.Method]
    }

    /// - Parameters:
    ///   - files: Opens stored files, so that downloads can be sent without a copy; nil if the store keeps none.
    ///   - metrics: Recorded in the backend of the process by default.
    ///   - prometheus: The backend of `metrics`, served at `/metrics`; nil for none.
    public init<Store: PhotoCatalogue, Blobs: BlobStore, Time: WallClock>(
        _ uploads: UploadService<Store, Blobs, Time>, files: (any OpenFileProvider)?,
        metrics: ServerMetrics = ServerMetrics(), prometheus: PrometheusMetrics? = nil,
        configuration: ProtocolConfiguration = ProtocolConfiguration()
    ) {
        let transfer = TransferService(uploads: uploads, files: files, observer: metrics) { job in
            // Fails only once the pool has stopped; the singleton never does.
            try? await NIOThreadPool.singleton.runIfActive { job() }
        }
        let downloads = DownloadResponder(
            transfer: transfer, rangesMax: configuration.limits.rangesMax, redirect: configuration.downloadRedirect)
        let resumable = ResumableAPI(
            transfer: transfer, configuration: configuration.tus, site: configuration.site, place: .uploads)
        var others: [any UploadProtocol] = [
            TusAPI(
                transfer: transfer, downloads: downloads, configuration: configuration.tus, site: configuration.site),
            resumable, resumable.ofBlobs,
        ]
        if configuration.hasPage {
            others.append(
                PageRoutes(
                    tus: configuration.tus, contentOrigin: configuration.originCheck.contentOrigin))
        }
        let native = NativeAPI(
            transfer: transfer, downloads: downloads,
            metrics: metrics, prometheus: prometheus,
            isDeriving: configuration.isDeriving, publicOrigin: configuration.site.publicOrigin,
            uploadNames: ["native"] + others.compactMap(\.uploadName))
        self.init(
            [native] + others, metrics: metrics, limits: configuration.limits, site: configuration.site,
            check: configuration.originCheck, bearer: { try await uploads.bearer(of: $0) },
            accessLog: configuration.accessLog,
            auditLogger: configuration.auditLogger)
    }

    /// - Parameter protocols: The first one answers requests without a route.
    package init(
        _ protocols: [any UploadProtocol], metrics: ServerMetrics, limits: HTTPLimits = HTTPLimits(),
        site: SiteConfiguration = SiteConfiguration(), check: OriginCheck = OriginCheck(),
        bearer: @escaping @Sendable (LinkToken) async throws -> Principal? = { _ in nil }, accessLog: AccessLog? = nil,
        auditLogger: Logger? = nil
    ) {
        all = protocols
        routes = Self.routes(of: protocols)
        paths = routes.filter { !$0.route.takesAnyMethod && $0.route.takes == nil }
            .map { (segments: $0.route.path.split(separator: "/"), methods: $0.methods) }
        pipeline = RequestPipeline(
            protocols: protocols, metrics: metrics, limits: limits, site: site, check: check, bearer: bearer,
            accessLog: accessLog, auditLogger: auditLogger)
    }

    /// `HEAD` is answered as `GET` is, without the body, unless a protocol has an endpoint of its own for it (RFC 9110, section
    /// 9.3.2).
    private static func routes(of protocols: [any UploadProtocol]) -> [MountedRoute] {
        let withHead = Set(protocols.flatMap(\.routes).filter { $0.methods.contains(.head) }.map(\.path))
        return protocols.flatMap { wire in
            wire.routes.map { route in
                let addsHead = route.methods == [.get] && !withHead.contains(route.path)
                return MountedRoute(wire: wire, route: route, methods: route.methods + (addsHead ? [.head] : []))
            }
        }
    }

    /// Adds the routes of all protocols to a router or to one of its groups.
    ///
    /// The bearers of upload links are authenticated here, before `authenticate` is called.
    ///
    /// - Parameters:
    ///   - path: The path of the group, such as `/media`, for the URLs in responses; empty for a router.
    ///   - authenticate: Returns the caller of a request, or nil for a 401 response; an `AuthenticationFailure` that it
    ///     throws becomes its response. Not called for endpoints that are open to everybody.
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
        for place in places {
            router.on(RouterPath(place.path), method: place.method) { request, context in
                let progress = begin(
                    request, at: place,
                    .init(
                        parameters: context.parameters, channel: channel(context), logger: context.logger,
                        mountPath: mountPath))
                return await pipeline.respond(to: progress) { try await authenticate(request, context) }
            }
        }
    }

    /// Not inlined: the frame of its caller stays while the body is waited for.
    @inline(never)
    private func begin(
        _ request: Request, at place: Place, _ context: RequestPipeline.Context
    ) -> RequestInProgress {
        let mounted = place.routes.first { $0.route.takes?(request.head) ?? true }
        let (wire, endpoint) =
            mounted.map { ($0.wire, $0.route.endpoint(request.head)) }
            ?? (all[0], Endpoint(refusing: .methodNotAllowed(allow: methods(at: request.uri.path))))
        return pipeline.begin(request, at: endpoint, of: wire, context)
    }

    /// A path and a method with the routes for it, in the order in which they are asked.
    private struct Place {
        let path: String
        let method: HTTPRequest.Method
        var routes: [MountedRoute]
    }

    private var places: [Place] {
        var places: [Place] = []
        var indices: [String: Int] = [:]
        let choosing = routes.filter { $0.route.takes != nil }
        for mounted in choosing + routes.filter({ $0.route.takes == nil }) {
            for method in mounted.methods {
                let key = "\(method.rawValue) \(mounted.route.path)"
                if let index = indices[key] {
                    places[index].routes.append(mounted)
                } else {
                    indices[key] = places.count
                    places.append(Place(path: mounted.route.path, method: method, routes: [mounted]))
                }
            }
        }
        return places
    }

    // MARK: - Requests without a route

    /// Answers a request whose path or method no route has.
    func respondToUnknown(_ request: Request, _ context: UploadContext) async -> Response {
        if request.method == .options, request.uri.path == "*" { return await respondToServerOptions(request, context) }
        let methods = methods(at: request.uri.path)
        let failure = methods.isEmpty ? RequestFailure.notFound : .methodNotAllowed(allow: methods)
        let progress = pipeline.begin(
            request, at: Endpoint(refusing: failure), of: all[0],
            .init(
                parameters: context.parameters, channel: context.requestChannel, logger: context.logger, mountPath: "",
                // A page with a wrong URL is to see the 404, instead of a request that the browser hides from it.
                crossOrigin: methods.isEmpty ? all.lazy.compactMap(\.crossOrigin).first : nil))
        return await pipeline.respond(to: progress) { nil }
    }

    private func respondToServerOptions(_ request: Request, _ context: UploadContext) async -> Response {
        let fields = all.reduce(into: HTTPFields()) { $0.append(contentsOf: $1.serverOptions) }
        let endpoint = Endpoint(nil, method: .options, access: .anyone) { _ in .bodiless(.noContent, fields) }
        let progress = pipeline.begin(
            request, at: endpoint, of: all[0],
            .init(
                parameters: context.parameters, channel: context.requestChannel, logger: context.logger, mountPath: ""))
        return await pipeline.respond(to: progress) { nil }
    }

    /// The response to a malformed request.
    func response(to failure: RequestFailure) -> Response {
        all[0].response(to: failure, at: Endpoint(refusing: failure))
    }

    private func methods(at path: String) -> [HTTPRequest.Method] {
        let segments = path.split(separator: "/")
        return paths.filter { template in
            template.segments.count == segments.count
                && zip(template.segments, segments).allSatisfy { $0 == $1 || $0.hasPrefix("{") }
        }.flatMap { $0.methods }
    }
}

/// The features and limits of the protocols.
public struct ProtocolConfiguration: Sendable {
    public var limits = HTTPLimits()
    public var tus = TusConfiguration()
    public var site = SiteConfiguration()
    /// Whether the web page is served at `/`.
    public var hasPage = false
    /// Whether the server derives photos; reported in `/v1/upload-config`.
    public var isDeriving = false
    /// Receives each request that has ended; nil for none. Not called for bytes that the HTTP parser refuses.
    public var accessLog: AccessLog?
    /// Receives deletions and changes of members, at level notice; nil for the logger of their requests.
    public var auditLogger: Logger?
    /// Where clients get whole blobs instead of from the server; nil to send all bytes.
    public var downloadRedirect: DownloadRedirect?

    /// The host that the server listens on; nil for the server of an application.
    var listening: String?
    /// Whether the server has no authentication.
    var admitsEverybody = false

    public init() {}

    var originCheck: OriginCheck { site.originCheck(listening: listening, admitsEverybody: admitsEverybody) }
}
