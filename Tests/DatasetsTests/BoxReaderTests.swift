import Foundation
import Testing

@testable import Datasets

/// Boxes in the conventions of other tools.
@Suite struct BoxReaderTests {
    private func read(_ values: [Double], height: Int = 180, width: Int = 240) throws -> (box: Box, remarks: [String]) {
        var reader = BoxReader(height: height, width: width, file: "f")
        let box = try reader.box(values, place: "line 1")
        return (box, reader.remarks)
    }

    @Test func fractionsAreRoundedOutward() throws {
        let (box, remarks) = try read([107.2, 45, 192.5, 127])
        #expect(box == Box(x0: 107, y0: 45, x1: 193, y1: 127))
        #expect(remarks.isEmpty)
    }

    @Test func whatReachesBeyondThePhotoIsCut() throws {
        let (box, remarks) = try read([150.25, 60.5, 240.02, 130.75])
        #expect(box == Box(x0: 150, y0: 60, x1: 240, y1: 131))
        #expect(remarks == ["f: a box reaches beyond the photo of 240x180 and is cut there (line 1: 150.25 60.5 240.02 130.75)."])
        #expect(try read([-20, -5.5, 300, 1e9]).box == Box(x0: 0, y0: 0, x1: 240, y1: 180))
        #expect(try read([10, 20, 90, 200]).remarks.first?.contains("if they are y0 x0 y1 x1, give 20 10 200 90") == true)
    }

    private static let shares: [([Double], String)] = [
        ([0.4458, 0.25, 0.8042, 0.7056], "as corners that is 107 45 193 127"), ([0, 0, 1, 1], "shares of the photo"),
        ([0.625, 0.4778, 0.3583, 0.4556], "as centre and size that is 107 45 193 127"), ([1, 0, 1, 0], "shares"),
    ]

    @Test(arguments: shares) func sharesOfThePhotoAreNoPixels(_ values: [Double], _ fragment: String) {
        let error = #expect(throws: DatasetError.self) { try read(values) }
        #expect(error?.found.hasSuffix("which are shares of the photo") == true)
        #expect(error?.description.contains(fragment) == true)
    }

    private static let conventions: [([Double], String)] = [
        ([107, 45, 86, 82], "if they are x y width height, give 107 45 193 127"),
        ([193, 127, 107, 45], "if they are two corners in another order, give 107 45 193 127"),
        ([193, 45, 107, 127], "if they are two corners in another order, give 107 45 193 127"),
        ([10, 10, 10, 20], "if they are x y width height, give 10 10 20 30"),
        ([230, 10, 230, 20], "a box has at least one column and one row"),
        ([300, 10, 400, 20], "give pixels of the photo"), ([20, 200, 60, 230], "if they are y0 x0 y1 x1, give 200 20 230 60"),
        ([-50, 10, 0, 20], "give pixels of the photo"), ([.nan, 0, 1, 1], "give four numbers in pixels of the photo"),
        ([0, 0, .infinity, 10], "give four numbers in pixels of the photo"),
        ([0, 0, 1e18, 10], "give four numbers in pixels of the photo"), ([], "give four numbers in pixels of the photo"),
        ([1, 2, 3], "give four numbers in pixels of the photo"),
    ]

    @Test(arguments: conventions) func otherConventionsAreNamed(_ values: [Double], _ advice: String) {
        let error = #expect(throws: DatasetError.self) { try read(values) }
        #expect(error?.advice == advice)
        #expect(error?.file == "f")
        #expect(error?.place == "line 1")
    }

    @Test func aPhotoOfOnePixelHasABox() throws {
        #expect(try read([0, 0, 1, 1], height: 1, width: 1).box == Box(x0: 0, y0: 0, x1: 1, y1: 1))
    }

    private static let commandLine: [(String, [Double])] = [
        ("10,20,30,40", [10, 20, 30, 40]), ("10.5, 20,30 ,40e0", [10.5, 20, 30, 40]), ("10 20 30 40", [10, 20, 30, 40]),
        ("1,2,3", [1, 2, 3]), ("", []), ("1,,3,4", [1, .nan, 3, 4]), ("0,0,inf,1", [0, 0, .infinity, 1]),
        ("-Infinity,0,1,1", [-.infinity, 0, 1, 1]), ("0,0,1e18,1", [0, 0, 1e18, 1]),
    ]

    @Test(arguments: commandLine) func boxesOfTheCommandLine(_ text: String, _ numbers: [Double]) {
        let found = SupportChoice.numbers(text)
        #expect(found?.map { $0.isNaN ? -1 : $0 } == numbers.map { $0.isNaN ? -1 : $0 })
    }

    @Test(arguments: ["a.txt", "box 1.txt", "12", "a,b,c,d", "1,2,3,x.txt"]) func filesAreNoBoxes(_ text: String) {
        #expect(SupportChoice.numbers(text) == nil)
    }

    @Test func supportsTellWhatWasRecognised() throws {
        try withTemporaryFolder { folder in
            let photo = folder.appending(path: "photo.png").path
            try ImageFile.save(RGBImage(height: 18, width: 24), to: URL(filePath: photo))
            let file = folder.appending(path: "x")
            try Data("0 0.5 0.5 0.25 0.5\n1 0.2 0.2 0.1 0.1\n".utf8).write(to: file)
            let choice = SupportChoice(image: photo, annotations: [file.path], className: "0")
            let (support, remarks, _) = try choice.loadWithRemarks()
            #expect(support.annotation == .boxes([Box(x0: 9, y0: 4, x1: 15, y1: 14)]))
            #expect(remarks == ["\(file.path): YOLO text, one object of class \"0\"."])
            let cut = SupportChoice(image: photo, annotations: ["3.5,2,24.5,9"])
            #expect(try cut.load().annotation == .boxes([Box(x0: 3, y0: 2, x1: 24, y1: 9)]))
            #expect(try cut.loadWithRemarks().remarks.count == 1)
            #expect(throws: DatasetError.self) { try SupportChoice(image: photo, annotations: ["1,2,3"]).load() }
        }
    }
}
