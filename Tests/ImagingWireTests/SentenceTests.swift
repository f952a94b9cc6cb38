import Testing

@testable import ImagingWire

@Suite struct SentenceTests {
    @Test func `too many pixels are reported with both figures`() {
        let problem = PictureProblem.tooManyPixels(.png, width: 30_000, height: 30_000, limit: 250_000_000)
        #expect(problem.description == "the picture has 900 megapixels; the limit is 250")
    }

    @Test func `a size just above the limit is not rounded to the limit`() {
        let problem = PictureProblem.tooManyPixels(.gif, width: 50_000_001, height: 1, limit: 50_000_000)
        #expect(problem.description == "the picture has 50.1 megapixels; the limit is 50")
    }

    @Test func `sizes are stated in MiB, and videos by their format`() {
        #expect(
            PictureProblem.tooManyBytes(mebibytes: 513, limit: 512 << 20).description
                == "the file has 513 MiB; the limit is 512 MiB")
        #expect(
            PictureProblem.tooManyBytes(mebibytes: 2, limit: 1).description == "the file has 2 MiB; the limit is 1 MiB")
        #expect(
            PictureProblem.video(.quickTime).description
                == "the file is a video (QuickTime); posters of videos are off here")
    }

    @Test func `formats of videos have media types and are no raw files`() {
        for format in PictureFormat.allCases where format.isVideo {
            #expect(format.mediaTypes.first?.hasPrefix("video/") == true && !format.isRaw)
        }
        #expect(PictureFormat.allCases.filter(\.isVideo).count == 7)
        #expect(PictureFormat.raw.isRaw && !PictureFormat.raw.isVideo && !PictureFormat.psd.isRaw)
    }

    @Test(arguments: [0, 4000] as [UInt32])
    func `invalid limits are reported by name`(seconds: UInt32) {
        var limits = PictureLimits()
        limits.seconds = seconds
        let invalid = #expect(throws: InvalidPictureLimit.self) { try limits.validate() }
        #expect(invalid?.description == "the limit of seconds is \(seconds); it must be from 1 to 3600")
    }

    @Test func `the default limits are valid`() throws {
        try PictureLimits().validate()
    }
}
