import Testing

@testable import ImagingWire

@Suite struct MessageTests {
    @Test func `a handshake of any version is decoded`() throws {
        #expect(try Handshake(parsing: Handshake().bytes) == Handshake())
        #expect(try Handshake(parsing: Handshake(version: 77).bytes).version == 77)
        #expect(Handshake().bytes.count == Handshake.byteCount)
    }

    @Test(arguments: ["", "wharf-imagin", "error while loading shared libraries"])
    func `a malformed handshake is refused`(text: String) {
        #expect(throws: WireError.notAWorker) { try Handshake(parsing: Array(text.utf8)) }
    }

    @Test func `a request carries every limit`() throws {
        var limits = PictureLimits()
        (limits.pixelsMax, limits.wholePixelsMax, limits.gifPixelsMax) = (1, 2, 3)
        (limits.jpegScansMax, limits.memoryBytes, limits.computeSeconds) = (4, 5, 6)
        (limits.seconds, limits.niceness) = (7, 8)
        (limits.videoPixelsMax, limits.videoReadBytesMax, limits.videoFramesMax) = (9, 10, 11)
        for sandbox in SandboxPolicy.allCases {
            let request = PictureRequest(limits: limits, fileBytesMax: 12, sandbox: sandbox)
            #expect(request.bytes.count == PictureRequest.byteCount)
            #expect(try PictureRequest(parsing: request.bytes) == request)
        }
        let unknown = PictureRequest(limits: limits).bytes.dropLast(4) + [2, 0, 0, 0]
        #expect(throws: WireError.malformed(.code)) { try PictureRequest(parsing: Array(unknown)) }
    }

    @Test func `a report carries the layers of the sandbox, and no others`() throws {
        for layers in (0...SandboxLayers.all.rawValue).map(SandboxLayers.init(rawValue:)) {
            let report = SandboxReport(layers: layers)
            #expect(report.bytes.count == SandboxReport.byteCount)
            #expect(try SandboxReport(parsing: report.bytes) == report)
        }
        let unknown = SandboxReport(layers: SandboxLayers(rawValue: 1 << 4)).bytes
        #expect(throws: WireError.malformed(.code)) { try SandboxReport(parsing: unknown) }
        #expect(throws: WireError.malformed(.length)) { try SandboxReport(parsing: unknown.dropLast()) }
        #expect(throws: WireError.malformed(.magic)) { try SandboxReport(parsing: [0, 0, 0, 0, 0, 0, 0, 0]) }
    }

    @Test func `the layers have names`() {
        #expect(SandboxLayers.all.description == "an unprivileged user, Landlock, Landlock's signal scope, seccomp")
        #expect(SandboxLayers().description == "")
    }

    @Test(arguments: [JobEnd.ExitReason.exit(0), .exit(JobEnd.failedStatus), .signal(31), .outOfTime, .notStarted])
    func `an end is decoded`(exitReason: JobEnd.ExitReason) throws {
        let end = JobEnd(exitReason: exitReason, computeMicroseconds: 123_456, residentBytesMax: 1 << 33)
        #expect(end.bytes.count == JobEnd.byteCount)
        #expect(try JobEnd(parsing: end.bytes) == end)
    }

    @Test(arguments: [
        PictureProblem.unknownFormat, .undecodable(.gif), .tooManyScans(limit: 100), .incomplete(.heic),
        .noDecoder(.jpegXL), .noPreview(.nef), .otherKind(.pdf), .video(.mp4), .noVideo(.webM),
        .unknownCodec(.quickTime), .tooManyBytes(mebibytes: 3, limit: 1 << 21),
        .tooManyPixels(.jpeg, width: 65_500, height: 65_500, limit: 250_000_000),
    ])
    func `a problem is decoded`(problem: PictureProblem) throws {
        for time in [nil, Samples.time] {
            let reply = PictureReply.problem(problem, takenAt: time)
            #expect(try PictureReply(parsing: reply.bytes) == reply)
        }
    }

    @Test func `a picture is decoded, with and without a time and alpha`() throws {
        let alpha = EncodedPicture(
            width: 32, height: 24,
            bytes: Samples.webP([Samples.extended(0x10, 32, 24), ("ALPH", [1, 2, 3]), Samples.lossy(32, 24)]))
        let lossless = EncodedPicture(width: 512, height: 1, bytes: Samples.webP([Samples.lossless(512, 1)]))
        for picture in [
            Samples.picture(), Samples.picture(takenAt: nil), Samples.picture(thumb: lossless, placeholder: alpha),
            Samples.picture(
                takenAt: PictureTime(
                    year: 1, month: 2, day: 28, hour: 23, minute: 59, second: 59, millisecond: 999, zoneMinutes: -570)),
            Samples.picture(
                format: .dng,
                notes: [.preview(width: 160, height: 120), .incomplete, .profileUnused, .toneMapped, .motionPhoto]),
            Samples.picture(display: Samples.encoded(2048, 100), thumb: Samples.encoded(2048, 100)),
        ] {
            #expect(try PictureReply(parsing: PictureReply.derived(picture).bytes) == .derived(picture))
        }
    }

    @Test func `every truncated or extended message is refused`() {
        let reply = PictureReply.derived(Samples.picture()).bytes
        for count in 0..<reply.count {
            #expect(throws: WireError.self) { try PictureReply(parsing: Array(reply.prefix(count))) }
        }
        #expect(throws: WireError.malformed(.length)) { try PictureReply(parsing: reply + [0]) }
        let end = JobEnd(exitReason: .outOfTime, computeMicroseconds: 1, residentBytesMax: 1).bytes
        for count in 0..<end.count {
            #expect(throws: WireError.self) { try JobEnd(parsing: Array(end.prefix(count))) }
        }
        #expect(throws: WireError.malformed(.length)) { try JobEnd(parsing: end + [0]) }
        let request = PictureRequest(limits: PictureLimits()).bytes
        #expect(throws: WireError.malformed(.length)) { try PictureRequest(parsing: request + [0]) }
        #expect(throws: WireError.malformed(.length)) { try PictureRequest(parsing: Array(request.dropLast())) }
    }

    @Test func `a reply with a changed byte in its head is refused or decoded as another reply`() {
        let reply = PictureReply.derived(Samples.picture()).bytes
        for index in 0..<60 {
            for change in [UInt8(0x01), 0x80, 0xff] {
                var changed = reply
                changed[index] ^= change
                let parsed = try? PictureReply(parsing: changed)
                #expect(parsed.map { $0.bytes == changed } ?? true, "byte \(index)")
            }
        }
    }
}
