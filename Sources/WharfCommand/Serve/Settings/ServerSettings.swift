import HTTPWire
import ImagingPool
import Logging
import UploadCore
import UploadDerivation
import UploadHTTP

/// All settings of a server with their defaults. `Setting.all` describes their names and values.
struct ServerSettings: Sendable {
    var listen = ListenAddress.standard
    var data = "./data"
    var durability = DurabilityChoice.powerLoss
    var directIO = DirectIOChoice.automatic
    var cluster = ClusterSettings()
    var auth = AuthChoice.none
    var jwt = JWTSettings()
    /// Permits a public address without authentication.
    var isInsecure = false
    /// Paths of PEM files; empty for none. Certificate and key are given together.
    var tlsCertificate = ""
    var tlsKey = ""
    var tlsClientAuthorities = ""
    /// The path of the settings file; empty for none.
    var config = ""

    var logLevel = Logger.Level.info
    var logFormat = LogFormat.text
    var accessLog = AccessLogChoice.off
    /// Whether the access log has paths and queries.
    var logsTargets = false
    var isMetricsOn = true
    var isPageOn = true

    /// Threads for file I/O and hashing.
    var threads = 8
    /// 0: one per processor.
    var eventLoopThreads = 0
    /// 0: reloads by SIGHUP only.
    var reloadIntervalMilliseconds: Int64 = 1000
    var sweepIntervalMilliseconds: Int64 = 60_000
    var shutdownGraceMilliseconds: Int64 = 30_000
    /// 0: never.
    var scrubIntervalMilliseconds: Int64 = 30 * 24 * 60 * 60 * 1000
    /// In bytes per second.
    var scrubRate: UInt64 = 16 << 20

    var limits = Limits()
    var http = HTTPLimits()
    var site = SiteConfiguration()
    var tus = TusConfiguration()

    var imaging = ImagingChoice.automatic
    var imagingVideo = ImagingChoice.automatic
    var imagingLimits = ImagingLimits()
    var derivation = DerivationPolicy()
}

extension ServerSettings {
    /// nil to serve in the clear.
    ///
    /// - Throws: `SettingsError` for a certificate without a key, a key without a certificate, and authorities without
    ///   either.
    func certificateFiles() throws(SettingsError) -> CertificateFiles? {
        switch (tlsCertificate.isEmpty, tlsKey.isEmpty) {
        case (false, false):
            return CertificateFiles(
                certificate: tlsCertificate, key: tlsKey,
                clientAuthorities: tlsClientAuthorities.isEmpty ? nil : tlsClientAuthorities)
        case (false, true): throw SettingsError("tls-certificate needs tls-key, the file of its private key")
        case (true, false): throw SettingsError("tls-key needs tls-certificate, the file of its certificate")
        case (true, true):
            guard tlsClientAuthorities.isEmpty else {
                throw SettingsError("tls-client-authorities needs tls-certificate and tls-key")
            }
            return nil
        }
    }

    /// Refuses what exposes a server without authentication to other machines or to any page in a browser, unless
    /// `insecure` permits it.
    ///
    /// - Throws: `SettingsError`.
    func requireSafeAccess() throws(SettingsError) {
        if let content = site.contentOrigin, WebOrigin(content) == site.publicOrigin.flatMap({ WebOrigin(ofURL: $0) }) {
            throw SettingsError(
                "content-origin: \(content) is public-origin, too. Use a host of its own, or leave the setting out.")
        }
        if tus.crossOriginExtras != CrossOriginExtras() {
            guard case .origins = tus.crossOrigin else {
                throw SettingsError(
                    "cors-credentials and cors-request-headers need a list of origins in cors-origins; none and any are refused."
                )
            }
        }
        guard auth == .none, !isInsecure else { return }
        let authentication = "Use --auth tokens=FILE (see `wharf token`) or --auth jwt"
        guard listen.isLoopback else {
            throw SettingsError(
                "listen: \(listen) is reachable from other machines, and auth=none admits everybody. "
                    + "\(authentication), listen on 127.0.0.1, or permit it with --insecure.")
        }
        guard tus.crossOrigin != .any else {
            throw SettingsError(
                "cors-origins: with auth=none, any page that a browser on this machine opens could upload and delete. "
                    + "\(authentication), list the origins, or permit it with --insecure.")
        }
        guard site.hosts != .any else {
            throw SettingsError(
                "allowed-hosts: with auth=none, any page that a browser on this machine opens could read and delete "
                    + "everything by DNS rebinding. \(authentication), list the hosts, or permit it with --insecure.")
        }
    }
}
