import DurableFiles
import JWTAuthentication
import Logging
import ServiceLifecycle
import UploadHTTP
import Wharf

/// The authentication of a server, and what keeps it up to date.
struct ServerAccess: Sendable {
    let authenticator: any Authenticator
    /// Called on SIGHUP.
    var reloads: [@Sendable () async -> Void] = []
    var services: [any Service] = []

    /// Reads the token file and the keys of JWTs. Keys that cannot be fetched from a URL are fetched later; a file that cannot
    /// be read is an error.
    static func load(_ settings: ServerSettings, logger: Logger) async throws(ServeError) -> ServerAccess {
        let parts = [
            try await tokens(settings, logger), try await jwt(settings, logger),
        ].compactMap(\.self)
        switch parts.count {
        case 0: return ServerAccess(authenticator: LocalAuthenticator())
        case 1: return parts[0]
        default:
            return ServerAccess(
                authenticator: AuthenticatorChain(parts.map(\.authenticator)), reloads: parts.flatMap(\.reloads),
                services: parts.flatMap(\.services))
        }
    }

    private static func tokens(_ settings: ServerSettings, _ logger: Logger) async throws(ServeError) -> ServerAccess? {
        guard let path = settings.auth.tokenFile else { return nil }
        let file = TokenFile(path: path)
        do throws(TokenFileError) {
            let (versions, table) = try await blocking { () throws(TokenFileError) in
                (FileVersion.all(of: [path]), try file.read())
            }
            let emptyTokens: Logger.Message = "the token file is empty: no token is accepted"
            if table.entries.isEmpty { logger.warning(emptyTokens) }
            let authenticator = TokenAuthenticator(table)
            let tokens = FileReloader("tokens", logger: logger) { () throws(TokenFileError) in
                let table = try file.read()
                if table.entries.isEmpty { logger.warning(emptyTokens) }
                authenticator.replace(with: table)
                return ["count": .stringConvertible(table.entries.count)]
            }
            return ServerAccess(authenticator, watching: path, loaded: versions, settings) { await tokens.reload() }
        } catch {
            throw ServeError(.usage, "auth: \(error)")
        }
    }

    // MARK: - JWTs

    private static func jwt(_ settings: ServerSettings, _ logger: Logger) async throws(ServeError) -> ServerAccess? {
        let access: (configuration: JWTConfiguration, keys: KeyLocation)?
        do throws(SettingsError) {
            access = try settings.jwtAccess()
        } catch {
            throw ServeError(.usage, error.description)
        }
        switch access {
        case nil: return nil
        case (let configuration, .file(let path))?: return try await jwt(configuration, file: path, settings, logger)
        case (let configuration, .url(let url))?: return await jwt(configuration, url: url, settings, logger)
        }
    }

    private static func jwt(
        _ configuration: JWTConfiguration, file path: String, _ settings: ServerSettings, _ logger: Logger
    ) async throws(ServeError) -> ServerAccess {
        let file = KeyFile(path: path)
        do throws(KeyFileError) {
            let versions = await blocking { FileVersion.all(of: [path]) }
            let loaded = try await file.read()
            logger.notice("token keys loaded", metadata: loaded.logMetadata)
            let keys = StoredKeys(loaded)
            let reloader = KeyReloader(file: file, keys: keys, logger: logger)
            return ServerAccess(
                authenticator(configuration, keys), watching: path, loaded: versions, settings
            ) { await reloader.reload() }
        } catch {
            throw ServeError(.usage, "jwt-keys: \(error)")
        }
    }

    private static func jwt(
        _ configuration: JWTConfiguration, url: String, _ settings: ServerSettings, _ logger: Logger
    ) async -> ServerAccess {
        let download = KeyDownload(url: url)
        let keys = FetchedKeys(logger: logger) { try await download.document() }
        await keys.refresh()
        let refresh = KeyRefresh(keys: keys, interval: .milliseconds(settings.jwt.refreshIntervalMilliseconds)) {
            try await Task.sleep(for: $0)
        }
        return ServerAccess(
            authenticator: authenticator(configuration, keys), reloads: [{ await keys.refresh() }], services: [refresh])
    }

    private static func authenticator(
        _ configuration: JWTConfiguration, _ keys: some KeySource
    ) -> JWTAuthenticator {
        let clock = SystemClock()
        return JWTAuthenticator(configuration, keys: keys) { clock.now() }
    }
}

extension ServerAccess {
    /// Access that a file decides about.
    fileprivate init(
        _ authenticator: some Authenticator, watching path: String, loaded: [FileVersion?], _ settings: ServerSettings,
        reload: @escaping @Sendable () async -> Void
    ) {
        let watch = FileWatch(
            [path], loaded: loaded, everyMilliseconds: settings.reloadIntervalMilliseconds, reload: reload)
        self.init(authenticator: authenticator, reloads: [reload], services: [watch].compactMap(\.self))
    }
}
