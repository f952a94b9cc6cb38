import Hummingbird
import ImagingPool
import Logging
import UploadHTTP
import Wharf
import WharfServices

let arguments = CommandLine.arguments.dropFirst()
let port = arguments.first.flatMap { Int($0) } ?? 8080
let logger = Logger(label: "app")
let store = try await EmbeddedStore(directory: "./data")

let router = Router()
router.get("/hello") { _, _ in "Hello" }
UploadProtocols(store.uploads, files: store.files).mount(on: router.group("/media"), at: "/media") { request, _ in
    // Your users. nil is answered with 401.
    request.headers[.authorization] == "Bearer secret" ? Caller(principal: Principal("anna")) : nil
}

var application = Application(
    router: router, configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port)), logger: logger
)
application.addServices(ExpirySweeper(store: store, logger: logger), StoreScrubber(store: store, logger: logger))
if let executable = WorkerExecutable.find(path: "/usr/local/bin:/usr/bin") {
    let pool = try ImagingPool(executable: executable)
    application.addServices(PhotoDerivation(store: store, pool: pool, logger: logger))
}
try await application.runService()
await store.close()
