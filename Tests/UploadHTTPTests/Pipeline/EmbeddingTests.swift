import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import Testing
import UploadCore
import UploadHTTP
import UploadTestKit

/// The protocols in an application with a router, middleware and authentication of its own.
@Suite(.timeLimit(.minutes(10))) struct EmbeddingTests {
    /// An application that has the protocols below a path of its own.
    static func router(_ store: TestStore) -> Router<AppContext> {
        let router = Router(context: AppContext.self)
        let media = router.group("/media").add(middleware: Sessions())
        let protocols = UploadProtocols(store.uploads, files: store.files)
        protocols.mount(on: media, at: "/media") { request, context in
            context.user.map { Caller(principal: Principal($0)) }
        }
        router.get("/") { _, _ in "the application" }
        return router
    }

    /// The application's own session: a cookie names the user.
    struct Sessions: RouterMiddleware {
        func handle(
            _ request: Request, context: AppContext, next: (Request, AppContext) async throws -> Response
        ) async throws -> Response {
            var context = context
            context.user = request.cookies["user"]?.value
            return try await next(request, context)
        }
    }

    struct AppContext: RequestContext {
        var coreContext: CoreRequestContextStorage
        var user: String?

        init(source: ApplicationRequestContextSource) {
            coreContext = CoreRequestContextStorage(source: source)
        }
    }

    private func run(_ body: @escaping @Sendable (SocketTransport) async throws -> Void) async throws {
        let store = try await TestStore(ServerSettings())
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        let application = Application(
            router: Self.router(store),
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in listening.yield(channel.localAddress?.port ?? 0) }, logger: .silent)
        let group = ServiceGroup(configuration: .init(services: [.init(service: application)], logger: .silent))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            var iterator = ports.makeAsyncIterator()
            let port = try #require(await iterator.next())
            let outcome = await Result(of: { try await body(SocketTransport(port: port)) })
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            await store.close()
            try outcome.get()
        }
    }

    private let cookie = (name: "Cookie", value: "user=anna")

    @Test func `both protocols work below the path, for the application's users`() async throws {
        try await run { http in
            let bytes = content(300_000)
            let put = try await http.send(
                ClientRequest("POST", "/media/v1/blobs?name=a.bin", fields: [cookie], body: bytes))
            #expect(put.status == 201)
            let location = try #require(put["Location"])
            #expect(location.hasPrefix("/media/v1/blobs/"))
            let get = try await http.send(ClientRequest("GET", location, fields: [cookie]))
            #expect(get.status == 200 && get.body == bytes)
            let part = try await http.send(ClientRequest("GET", location, fields: [cookie, ("Range", "bytes=5-9")]))
            #expect(part.status == 206 && part.body == Array(bytes[5..<10]))

            let tus = (name: "Tus-Resumable", value: "1.0.0")
            let created = try await http.send(
                ClientRequest("POST", "/media/files", fields: [cookie, tus, ("Upload-Length", "5")]))
            #expect(created.status == 201)
            let url = try #require(created["Location"])
            #expect(url.hasPrefix("http://localhost/media/files/"))
            let patched = try await http.send(
                ClientRequest(
                    "PATCH", String(url.dropFirst("http://localhost".count)),
                    fields: [cookie, tus, ("Upload-Offset", "0"), ("Content-Type", "application/offset+octet-stream")],
                    body: "hello".bytes))
            #expect(patched.status == 204 && patched["Upload-Offset"] == "5")
        }
    }

    @Test func `other callers are refused, and the rest of the application is unchanged`() async throws {
        try await run { http in
            #expect(try await http.send(ClientRequest("POST", "/media/v1/blobs", body: [1])).status == 401)
            #expect(try await http.send(ClientRequest("GET", "/v1/uploads", fields: [cookie])).status == 404)
            let open = try await http.send(ClientRequest("GET", "/media/healthz"))
            #expect(open.status == 200 && open["X-Request-ID"] != nil)
            #expect(try await http.send(ClientRequest("GET", "/")).body == "the application".bytes)
        }
    }
}
