import UploadModel

extension WireLaw {
    /// Inputs for mutations: one for each form that the parser accepts.
    public var seeds: [String] {
        switch self {
        case .addressRange: ["10.0.0.0/8", "::1", "fd00::/8", "::ffff:10.0.0.1/24", "fe80::1%eth0"]
        case .authority: ["photos.example.org.:8443", "[::1]:80", "[::ffff:127.0.0.1]", "LOCALHOST:", "127.0.0.1"]
        case .byteRanges:
            [
                "bytes=0-99", "bytes=100-", "bytes=-5", "bytes=0-0, 5-9 ,, -1", "bytes=18446744073709551616-",
                "lines=1-2",
            ]
        case .contentDigest:
            [
                "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:",
                "sha-512=:AAAA:, sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:;a=1",
                "a=(1 \"b\");c, d=?0, e=1.5",
            ]
        case .contentDisposition:
            ["holiday.jpg", "über \"all\" %41.png", "..", "a\r\nSet-Cookie: b", "👩‍👩‍👧.svg", "image/png"]
        case .contentRange: ["bytes 0-99/1234", "bytes */1234", "bytes 5-5/*"]
        case .entityTag: ["\"sha256-ab\"", "W/\"x\"", "\"\"", "\"a,b\""]
        case .formValue: ["a+b%2Bc.jpg", "100%", "%C3%BC%zz%"]
        case .forwardedOrigin:
            [
                "for=192.0.2.60;proto=https;host=\"a.example:8443\", for=b", "a.example, b", "https", "/media//",
                "//evil",
            ]
        case .httpDate:
            [
                "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
                "Sat, 31 Dec 2016 23:59:60 GMT",
            ]
        case .idempotencyKey: ["\"8e03978e-40d5-43dd\"", "8e03978e", "\"a\\\"b\\\\\";x=1"]
        case .linkToken:
            [
                LinkToken.prefix + String(repeating: "0123456789abcdef", count: 8),
                LinkToken.prefix + String(repeating: "0", count: 64) + String(repeating: "F", count: 64),
            ]
        case .mediaRange: ["image/*", "Image/JPEG", "application/vnd.a+b", "*/*", "text/plain;q=1"]
        case .mediaType: ["image/jpeg", "text/plain; charset=utf-8", "multipart/mixed;boundary=\"a b\\\"c\" ;; x=y"]
        case .memoryPatch:
            [
                "{\"title\":\"a\",\"description\":null,\"tags\":[\"b\"],\"taken_at\":\"2026-11-22T21:35:22.123Z\"}",
                "{\"type\":null,\"tags\":null,\"taken_at\":null,\"x\":{}}",
            ]
        case .memoryQuery:
            [
                "newest", "oldest_taken", "inline", "100", "0190a7c2f00070008000000000000001",
                "0190a7c2f00070008000000000000001.-5",
            ]
        case .newAsset:
            [
                "{\"kind\":\"thumb\",\"blob\":\"0190a7c2f00070008000000000000001\",\"width\":4294967295,\"height\":1}",
                "{\"kind\":\"placeholder\",\"type\":\"image/webp\",\"data\":\"AAEC/+8=\"}",
            ]
        case .newLink:
            [
                "{\"expires_at\":\"2026-11-22T21:35:22Z\",\"title\":\"a\",\"files_max\":1,\"types\":[\"image/*\",\"a/b\"]}",
                "{\"expires_at\":\"2026-11-22T21:35:22.5+01:00\",\"bytes_max\":9007199254740993,\"uses_max\":0,\"types\":[]}",
            ]
        case .multipart:
            [
                "--b\r\nContent-Disposition: form-data; name=\"a\"; filename=\"\\\"b%22.jpg\"\r\n\r\nx\r\n--b\r\n\r\n\r\n\r\n--b--\r\n",
                "p\r\n--b \t\r\ncontent-disposition:form-data;name=f;filename*=utf-8''%C3%BC\r\nContent-Type: a/b\r\n\r\n\r\n--\r\n--b--",
            ]
        case .newMemory:
            [
                """
                {"title":"t","tags":["a"],"taken_at":"2026-11-22T21:35:22Z","thumbhash":"AAECAw==","assets":[{"kind":"original",\
                "blob":"0190a7c2f00070008000000000000001"}],"inline_assets":[{"kind":"p","type":"a/b","data":"","width":1}]}
                """
            ]
        case .newUpload:
            [
                "{\"name\":\"a\",\"length\":9007199254740993,\"chunk_size\":1,\"expected_chunks\":2,\"type\":\"a/b\"}",
                "{\"name\":\"\\u00e9\",\"capsule\":null,\"sha256\":\"ab\",\"provisional_memory_id\":\"m\",\"x\":[{}]}",
            ]
        case .pageQuery: ["pending", "100", "0190a7c2f00070008000000000000001"]
        case .preconditions:
            ["*", "\"a\"", "W/\"a\", \"b\"", "Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 22 Nov 2026 21:35:22 GMT"]
        case .problem:
            [
                """
                {"type":"urn:wharf:error:incomplete","title":"t","status":409,"detail":"d","code":"incomplete",\
                "missing":[[1,2],[4,4]],"missing_bytes":30,"expected":"ab","actual":5}
                """
            ]
        case .requestDisposition:
            [
                "attachment; filename=\"a.txt\"; filename*=UTF-8''%E2%82%AC.txt", "inline; filename", "holiday.jpg",
                "attachment; filename=\"../../etc/passwd\"", "form-data; filename=\"C:\\\\a \\\"b\\\".jpg\"",
            ]
        case .resumableFields: ["?1", "?0", "5", "-5", "5.0", "999999999999999", "9", "?1;a=b", "(1 2)", "\"x\"", "@5"]
        case .uploadLimit:
            ["max-size=1000, min-size=1, max-append-size=10;a=1, max-age=60", "expires=5", "min-size=0, x=?1, y=(1 2)"]
        case .requestDocument:
            [
                """
                { "title" : "\\u00e9\\ud83c\\udf0a\\n/\\/", "tags":[ ], "taken_at":null, "x":[{"a":-0.5e+3,"b":[true,false,{}]}],
                "assets":[{"kind":"original","blob":"0190a7c2f00070008000000000000001","width":1,"hight":2}],"takenAt":0}
                """,
                "{\"title\":\"a\",\"title\":\"b\"}", "{\"tags\":[\"a\",],}",
            ]
        case .retryAfter: ["120", "Fri, 31 Dec 1999 23:59:59 GMT", "Sun, 22 Nov 2026 22:00:00 GMT"]
        case .rfc3339: ["2026-11-22T21:35:22.123Z", "0000-01-01t00:00:00+01:00", "9999-12-31 23:59:60-23:59"]
        case .webOrigin:
            ["https://photos.example.org", "HTTP://A.example.:80", "https://[::1]:8443", "null", "ftp://a"]
        }
    }
}
