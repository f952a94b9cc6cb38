import Testing

@testable import BlobStorageS3

struct LocationTests {
    @Test func `Amazon's endpoint follows from the region`() throws {
        let location = try S3Location(parsing: "s3://photos/a/b?region=eu-central-1")
        #expect(location.bucket == "photos")
        #expect(location.prefix == "a/b/")
        #expect(location.region == "eu-central-1")
        #expect(location.authority == "photos.s3.eu-central-1.amazonaws.com")
        #expect(location.path(of: "a/b/c") == "/a/b/c")
        #expect(location.path(of: "") == "/")
        #expect(location.engine == S3Preset.aws.engine)
    }

    @Test func `other engines have an endpoint and a preset`() throws {
        let location = try S3Location(
            parsing: "s3://photos?endpoint=http://Host.example:8333/&preset=seaweedfs")
        #expect(location.prefix == "")
        #expect(location.authority == "host.example:8333")
        #expect(location.path(of: "c") == "/photos/c")
        #expect(location.path(of: "") == "/photos")
        #expect(location.region == "us-east-1")
        let encoded = try S3Location(parsing: "s3://photos/?endpoint=https%3A%2F%2F%5B%3A%3A1%5D&preset=ceph-rgw")
        #expect(encoded.authority == "[::1]")
        #expect(encoded.endpoint == S3Location.Endpoint(isSecure: true, host: "[::1]", port: 443))
        #expect(encoded.engine.integrity == .signedPayload)
    }

    @Test func `settings replace those of the preset`() throws {
        let location = try S3Location(
            parsing: "s3://a.b.c?endpoint=https://h:443&preset=aws&region=r&addressing=path"
                + "&integrity=content-md5&deletion-batch=1")
        #expect(location.engine == S3Engine(addressing: .path, integrity: .contentMD5, deletionBatch: 1))
        #expect(location.authority == "h")
        let named = try S3Location(
            parsing: "s3://abc?endpoint=http://h:81&preset=openstack-swift&addressing=virtual-host")
        #expect(named.authority == "abc.h:81")
    }

    @Test(arguments: [
        ("http://photos", "s3://"), ("s3://", "no valid bucket"), ("s3://ab", "no valid bucket"),
        ("s3://Photos", "no valid bucket"), ("s3://-abc", "no valid bucket"), ("s3://a..b", "no valid bucket"),
        ("s3://" + String(repeating: "a", count: 64), "no valid bucket"),
        ("s3://photos/a//b?region=r", "no valid prefix"),
        ("s3://photos/../b?region=r", "no valid prefix"), ("s3://photos/ä?region=r", "no valid prefix"),
        ("s3://photos/" + String(repeating: "a", count: 513) + "?region=r", "a prefix of 513 bytes"),
        ("s3://photos", "needs a region"), ("s3://photos?endpoint=http://h", "needs a preset"),
        ("s3://photos?preset=seaweedfs", "needs an endpoint"), ("s3://photos?preset=minio", "“minio”"),
        ("s3://photos?region=r&region=r", "“region” twice"), ("s3://photos?region", "“region” without a valid value"),
        ("s3://photos?region=", "“region” without a valid value"), ("s3://photos?region=%zz", "without a valid value"),
        ("s3://photos?region=a/b", "no valid region"), ("s3://photos?region=r&color=red", "unknown setting “color”"),
        ("s3://photos?region=r&integrity=sha1", "“sha1”"),
        ("s3://photos?region=r&deletion-batch=0", "between 1 and 1000"),
        ("s3://photos?region=r&deletion-batch=1001", "between 1 and 1000"), ("s3://a.b.c?region=r", "a dot"),
        ("s3://photos?endpoint=h&preset=aws&region=r", "neither http://"),
        ("s3://photos?endpoint=http://&preset=aws&region=r", "more than a scheme"),
        ("s3://photos?endpoint=http://h/path&preset=aws&region=r", "more than a scheme"),
        ("s3://photos?endpoint=http://u:p@h&preset=aws&region=r", "valid port"),
        ("s3://photos?endpoint=http://h:0&preset=aws&region=r", "valid port"),
        ("s3://photos?endpoint=http://h:65536&preset=aws&region=r", "valid port"),
    ])
    func `what is not valid is named`(_ text: String, _ problem: String) {
        let error = #expect(throws: S3Error.self) { try S3Location(parsing: text) }
        #expect(error?.kind == .configuration)
        #expect(error?.description.contains(problem) == true, "\(error?.description ?? "")")
    }

    @Test func `the longest prefix and bucket are accepted`() throws {
        let bucket = String(repeating: "a", count: 63)
        let location = try S3Location(parsing: "s3://\(bucket)/\(String(repeating: "b", count: 512))?region=r")
        #expect(location.prefix.utf8.count == 513)
    }
}

struct CredentialsTests {
    @Test func `they come from the environment`() throws {
        let environment = ["AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "B", "AWS_SESSION_TOKEN": ""]
        #expect(try S3Credentials(environment: environment) == S3Credentials(accessKey: "A", secretKey: "B"))
        #expect(
            try S3Credentials(environment: environment.merging(["AWS_SESSION_TOKEN": "C"]) { $1 })
                == S3Credentials(accessKey: "A", secretKey: "B", sessionToken: "C"))
        for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
            let error = #expect(throws: S3Error.self) {
                try S3Credentials(environment: environment.filter { $0.key != name })
            }
            #expect(error?.description.contains(name) == true)
        }
    }

    @Test func `they come from a profile of a file`() throws {
        let file = """
            # comment
            [other]
            aws_access_key_id = no
            [ default ]
            AWS_Access_Key_Id=A
            aws_secret_access_key =  b=c/d+
            aws_session_token = T
            """
        #expect(try S3Credentials(file: file) == S3Credentials(accessKey: "A", secretKey: "b=c/d+", sessionToken: "T"))
        let error = #expect(throws: S3Error.self) { try S3Credentials(file: file, profile: "other") }
        #expect(error?.description.contains("“other”") == true)
        #expect(throws: S3Error.self) { try S3Credentials(file: "aws_access_key_id = A") }
    }

    @Test func `a key that would break a header is refused`() {
        #expect(throws: S3Error.self) {
            try S3Credentials(environment: ["AWS_ACCESS_KEY_ID": "A\r\nB", "AWS_SECRET_ACCESS_KEY": "C"])
        }
    }

    @Test func `the secret is not shown`() {
        let credentials = S3Credentials(accessKey: "A", secretKey: "hunter2", sessionToken: "hunter3")
        var dumped = ""
        dump(credentials, to: &dumped)
        for text in ["\(credentials)", String(reflecting: credentials), dumped] { #expect(!text.contains("hunter")) }
    }
}

struct SettingsTests {
    @Test func `settings have limits`() throws {
        try S3Settings().check()
        let changes: [(inout S3Settings) -> Void] = [
            { $0.memoryBytesMax = S3Settings.memoryBytesMin - 1 }, { $0.segmentBytesMax = (256 << 10) - 1 },
            { $0.segmentBytesMax = 64 << 20 | 1 }, { $0.attemptsMax = 0 }, { $0.connectionsMax = 0 },
            { $0.readingConnectionsMax = 0 },
            { $0.connectMilliseconds = 0 }, { $0.retryMilliseconds = 0 },
            { $0.idleMilliseconds = 86_400_001 }, { $0.requestMilliseconds = 0 },
        ]
        for change in changes {
            var settings = S3Settings()
            change(&settings)
            #expect(throws: S3Error.self) { try settings.check() }
        }
        var edge = S3Settings()
        (edge.memoryBytesMax, edge.segmentBytesMax, edge.attemptsMax) = (S3Settings.memoryBytesMin, 64 << 20, 1)
        try edge.check()
    }
}

struct XMLTests {
    @Test func `elements, references and comments are read`() throws {
        let node = try #require(
            XMLNode(
                parsing: """
                    <?xml version="1.0"?><!-- a > b -->
                    <s3:R xmlns="u"><A x="1">a&amp;b&lt;&#x41;&#66;&gt;&quot;&apos;</A><B/><A>2</A></s3:R>
                    """))
        #expect(node.name == "R")
        #expect(node["A"] == "a&b<AB>\"'")
        #expect(node["B"] == "")
        #expect(node.all("A").count == 2)
        #expect(node["C"] == nil)
    }

    @Test(arguments: [
        "", "text", "<A>", "<A></B>", "</A>", "<A>&nbsp;</A>", "<A>&amp</A>", "<A>&#xD800;</A>", "<A/><B/>", "<A", "<>",
        "<!-- <A></A>", "<a><a><a><a><a><a><a><a><a></a></a></a></a></a></a></a></a></a>",
    ])
    func `what is not a document is none`(_ text: String) {
        #expect(XMLNode(parsing: text) == nil)
    }
}
