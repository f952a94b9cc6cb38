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
    var auth = AuthChoice.none
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
    var tus = TusConfiguration()

    var imaging = ImagingChoice.automatic
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

    /// Refuses a public address without authentication, unless `insecure` permits it.
    ///
    /// - Throws: `SettingsError`.
    func requireSafeAddress() throws(SettingsError) {
        guard auth == .none, !listen.isLoopback, !isInsecure else { return }
        throw SettingsError(
            "listen: \(listen) is reachable from other machines, and auth=none admits everybody. "
                + "Use --auth tokens=FILE (see `wharf token`), listen on 127.0.0.1, or permit it with --insecure.")
    }
}
