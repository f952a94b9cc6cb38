import ImagingPool
import Testing
import UploadCore
import UploadDerivation
import UploadHTTP
import UploadMemories

@testable import WharfCommand

/// The table of settings covers every field of the settings.
@Suite struct SettingTableTests {
    /// A valid value other than the default.
    private func other(_ setting: Setting) -> String {
        switch setting.kind {
        case .size: setting.name == "imaging-memory-bytes-max" ? "4GiB" : "12345678"
        case .duration: "4321ms"
        case .number: "77"
        case .onOff: setting.read(ServerSettings()) == "on" ? "off" : "on"
        case .text:
            [
                "listen": "[::1]:9", "data": "/elsewhere", "durability": "process-crash", "direct-io": "off",
                "auth": "tokens=/t", "publish": "for-people",
                "tls-certificate": "/c.pem", "tls-key": "/k.pem", "tls-client-authorities": "/a.pem",
                "catalogue": "postgres://db/wharf", "catalogue-standbys": "warn",
                "objects": "s3://photos?region=eu-central-1", "objects-credentials": "/aws",
                "objects-authorities": "/ca.pem",
                "config": "/c.json", "log-level": "debug", "log-format": "json", "access-log": "/log",
                "tus-path": "/uploads",
                "tus-capsule": "01a205640b6a744382b49014fc770e24",
                "cors-origins": "https://a.example,https://b.example", "cors-request-headers": "X-CSRF-Token,X-Session",
                "tus-ended-status": "410",
                "allowed-hosts": "[::2],photos.example", "trusted-proxies": "127.0.0.1,fd00::/8",
                "public-origin": "https://example.org/uploads",
                "content-origin": "https://content.example", "interim-responses": "off",
                "imaging": "/opt/wharf-imaging",
                "imaging-video": "/opt/wharf-imaging-video", "imaging-sandbox": "require",
                "quota-overrides": "anna=2GiB,ben=0",
                "jwt-issuer": "https://id.example", "jwt-audience": "wharf,backup",
                "jwt-keys": "https://id.example/keys", "jwt-principal-claim": "email",
                "jwt-roles-claim": "realm_access.roles", "jwt-operator-role": "admin", "jwt-user-role": "photos",
            ][setting.name] ?? ""
        }
    }

    /// The fields in which two values differ.
    private func differences(_ left: Any, _ right: Any) -> [String] {
        zip(Mirror(reflecting: left).children, Mirror(reflecting: right).children)
            .filter { "\($0.value)" != "\($1.value)" }.compactMap(\.0.label)
    }

    @Test func `every field of the limits has one setting, by its name in kebab case`() throws {
        for (settings, of) in [
            (Setting.engineLimits, { $0.limits as Any }), (Setting.transportLimits, { $0.http as Any }),
        ] as [([Setting], (ServerSettings) -> Any)] {
            var changed: [String] = []
            for setting in settings {
                var values = ServerSettings()
                try setting.apply(other(setting), &values)
                let fields = differences(of(ServerSettings()), of(values))
                #expect(fields.map { SettingName.kebab($0) } == [setting.name])
                changed += fields
            }
            // Fixed outside of tests and simulations.
            let fixed = ["scanStepBytes", "logPagesMax", "socketBodyBytesMin"]
            let fields = Mirror(reflecting: of(ServerSettings())).children.compactMap(\.label)
            #expect(changed == fields.filter { !fixed.contains($0) })
        }
    }

    @Test func `every field of tus has one setting`() throws {
        var changed: [String] = []
        for setting in Setting.tus {
            var values = ServerSettings()
            try setting.apply(other(setting), &values)
            changed += differences(ServerSettings().tus, values.tus)
        }
        #expect(changed == Mirror(reflecting: ServerSettings().tus).children.compactMap(\.label))
    }

    @Test func `every field of the site has one setting`() throws {
        var changed: [String] = []
        for setting in Setting.site {
            var values = ServerSettings()
            try setting.apply(other(setting), &values)
            changed += differences(ServerSettings().site, values.site)
        }
        #expect(changed == Mirror(reflecting: ServerSettings().site).children.compactMap(\.label))
    }

    @Test func `every field of JWTs has one setting`() throws {
        var changed: [String] = []
        for setting in Setting.jwt {
            var values = ServerSettings()
            try setting.apply(other(setting), &values)
            changed += differences(ServerSettings().jwt, values.jwt)
        }
        #expect(changed == Mirror(reflecting: ServerSettings().jwt).children.compactMap(\.label))
    }

    @Test func `every field of a cluster has one setting`() throws {
        var changed: Set<String> = []
        for setting in Setting.cluster {
            var values = ServerSettings()
            try setting.apply(other(setting), &values)
            changed.formUnion(differences(ServerSettings().cluster, values.cluster))
        }
        #expect(changed == Set(Mirror(reflecting: ServerSettings().cluster).children.compactMap(\.label)))
    }

    @Test func `every limit of derivations has one setting`() throws {
        var changed: [String] = []
        for setting in Setting.imaging.dropFirst(2) {
            let standard = ServerSettings()
            var values = standard
            try setting.apply(other(setting), &values)
            changed += differences(standard.imagingLimits, values.imagingLimits).filter { $0 != "picture" }
            changed += differences(standard.imagingLimits.picture, values.imagingLimits.picture)
            changed += differences(standard.derivation, values.derivation)
        }
        let standard = ServerSettings()
        let fields = [standard.imagingLimits, standard.imagingLimits.picture, standard.derivation] as [Any]
        // As many are derived at once as there are workers, so that no call ever waits for one.
        let given: Set = ["picture", "waitingMax", "atOnce"]
        let all = fields.flatMap { Mirror(reflecting: $0).children.compactMap(\.label) }
        #expect(changed.sorted() == all.filter { !given.contains($0) }.sorted())
    }

    @Test(arguments: ["", "on", "wharf-imaging", "./wharf-imaging"])
    func `an invalid worker path is refused`(value: String) throws {
        for name in ["imaging", "imaging-video"] {
            let setting = try #require(Setting.byName[name])
            var values = ServerSettings()
            #expect(throws: InvalidSettingValue.self) { try setting.apply(value, &values) }
        }
    }

    @Test(arguments: [
        ("tus-path", "files"), ("tus-path", "/"), ("tus-path", "/a b"), ("tus-path", "/v1/files"),
        ("tus-path", "/page"), ("tus-path", "/drop"),
        ("tus-capsule", "x"),
        ("cors-origins", ""), ("cors-origins", "example.org"), ("cors-origins", "https://a/b"),
        ("trusted-proxies", "localhost"), ("trusted-proxies", "10.0.0.0/33"), ("public-origin", "uploads.example"),
        ("public-origin", "https://a.example/files/"), ("public-origin", "https://a b"), ("cors-origins", "null"),
        ("public-origin", "https://a.example?b"), ("content-origin", "https://a.example/files"),
        ("cors-request-headers", "X A,B:"), ("tus-ended-status", "409"), ("cors-credentials", "yes"),
        ("allowed-hosts", ""), ("allowed-hosts", "a.example:80"), ("allowed-hosts", "http://a.example"),
        ("allowed-hosts", "a.example,b c@d"), ("allowed-hosts", "::1"),
    ])
    func `invalid settings of tus and of the site are refused`(name: String, value: String) throws {
        let setting = try #require(Setting.byName[name])
        var values = ServerSettings()
        #expect(throws: InvalidSettingValue.self) { try setting.apply(value, &values) }
    }

    @Test func `every other field of a server has a setting too`() throws {
        var changed: Set<String> = [
            "limits", "http", "jwt", "site", "tus", "cluster", "imaging", "imagingVideo", "imagingLimits", "derivation",
        ]
        for setting in Setting.server {
            var values = ServerSettings()
            try setting.apply(other(setting), &values)
            let fields = differences(ServerSettings(), values)
            #expect(fields.count == 1, "\(setting.name) changes \(fields)")
            changed.formUnion(fields)
        }
        #expect(changed == Set(Mirror(reflecting: ServerSettings()).children.compactMap(\.label)))
    }

    @Test func `every setting accepts its own output`() throws {
        for setting in Setting.all {
            var values = ServerSettings()
            let standard = setting.read(values)
            try setting.apply(standard, &values)
            #expect(setting.read(values) == standard)
            try setting.apply(other(setting), &values)
            let changed = setting.read(values)
            #expect(changed != standard)
            var again = ServerSettings()
            try setting.apply(changed, &again)
            #expect(setting.read(again) == changed)
        }
    }

    @Test func `names are unique, and so are variables`() {
        #expect(Set(Setting.all.map(\.name)).count == Setting.all.count)
        #expect(Set(Setting.all.map(\.variable)).count == Setting.all.count)
        #expect(Setting.byName["chunk-size-max"]?.variable == "WHARF_CHUNK_SIZE_MAX")
    }

    @Test(arguments: ["", " ", "-1", "x", "99999999999999999999", "1e3", "٣", "none"])
    func `an invalid value is refused and changes nothing`(_ text: String) {
        for setting in Setting.all where setting.kind != .text {
            var values = ServerSettings()
            #expect(throws: InvalidSettingValue.self, "\(setting.name)") { try setting.apply(text, &values) }
            #expect(setting.read(values) == setting.read(ServerSettings()))
        }
    }
}
