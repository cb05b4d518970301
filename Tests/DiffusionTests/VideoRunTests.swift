internal import Datasets
internal import Foundation
internal import SegModels
internal import TensorCore
internal import Testing

@testable internal import Diffusion

@Suite("Prediction of a video's frames")
struct VideoRunTests {
    /// A frame with a bright square that moves a few pixels a frame.
    private static func frame(_ number: Int) -> (image: RGBImage, mask: BinaryMask) {
        let (height, width) = (64, 80)
        let mask = BinaryMask(
            height: height, width: width,
            values: (0..<(height * width)).map { pixel in
                let (x, y) = (pixel % width - 6 - 9 * number, pixel / width - 12 - 4 * number)
                return (0..<22).contains(x) && (0..<20).contains(y)
            })
        var image = RGBImage(height: height, width: width, red: 40, green: 70, blue: 50)
        for pixel in mask.values.indices where mask.values[pixel] {
            for channel in 0..<3 { image.pixels[pixel * 3 + channel] = UInt8(220 - 50 * channel) }
        }
        return (image, mask)
    }

    /// Frames in a folder, two concepts' files, and a run over them that looks back at every frame that shows something.
    private static func run(in folder: URL, frames: Int = 5, damaged: Int? = nil, concepts: Int = 1) throws -> PredictionRun {
        let place = folder.appending(path: "frames")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        for number in 0..<frames {
            // Nine, ten, eleven: by their bytes they come in another order.
            let file = place.appending(path: "frame\(9 + number).png")
            if number == damaged {
                try Data("no picture".utf8).write(to: file)
            } else {
                try ImageFile.save(frame(number).image, to: file)
            }
        }
        let shown = frame(0)
        let all = [
            Support(image: shown.image, annotation: .mask(shown.mask)),
            Support(image: shown.image, annotation: .boxes([Box(x0: 40, y0: 30, x1: 78, y1: 60)])),
        ]
        var run = PredictionRun(
            supports: [], queries: try QueryPhoto.found([place.path]).inFrameOrder(), model: RunTests.choice(folder),
            threshold: 0.3)
        for (name, support) in zip(["square", "ground"], all).prefix(concepts) {
            let file = folder.appending(path: "\(name).fss")
            try ConceptFinderTests.concept(name, [support]).write(to: file)
            run.concepts.append(ConceptChoice(file.path))
        }
        run.video = VideoTracking(leastPresence: 0)
        return run
    }

    private static func records(
        _ run: PredictionRun, _ place: URL, resumes: Bool = false, observe: @escaping RunObserver = { _ in }
    ) async throws -> [PredictionRecord] {
        guard resumes else { return try await run.run(in: RunFolder(place.path, command: "predict"), observe: observe) }
        let again = try RunFolder(resuming: place.path, command: "predict")
        return try await PredictionRun.resuming(again).run.run(in: again, observe: observe)
    }

    private static func files(_ folder: URL) throws -> [String: Data] {
        let names = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        let pictures = names.filter { $0.hasSuffix(".png") || $0.hasSuffix(".jpg") }
        return Dictionary(uniqueKeysWithValues: try pictures.map { ($0, try Data(contentsOf: folder.appending(path: $0))) })
    }

    /// Runs until so many frames are done.
    private static func interrupted(_ run: PredictionRun, _ place: URL, after count: Int) async {
        let task = Task {
            try await Self.records(run, place) { event in
                if case .progress(let progress) = event, progress.done == count { withUnsafeCurrentTask { $0?.cancel() } }
            }
        }
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("Digits in names are numbers, and frames of several folders are refused")
    func order() throws {
        func ordered(_ names: [String]) throws -> [String] {
            try names.map { QueryPhoto(url: URL(fileURLWithPath: "/frames/\($0)"), name: $0) }.inFrameOrder().map(\.name)
        }
        #expect(
            try ordered(["frame10.png", "frame2.png", "frame1.png", "frame02.png", "a.png"])
                == ["a.png", "frame1.png", "frame02.png", "frame2.png", "frame10.png"])
        #expect(try ordered(["2-10", "2-9", "10-1", "x", "2"]) == ["2", "2-9", "2-10", "10-1", "x"])
        let long = "99999999999999999999999"
        #expect(try ordered(["f\(long)8", "f\(long)7", "f9"]) == ["f9", "f\(long)7", "f\(long)8"])
        let two = ["/a/1.png", "/b/2.png"].map { QueryPhoto(url: URL(fileURLWithPath: $0), name: $0) }
        #expect(throws: RunError.self) { try two.inFrameOrder() }
    }

    @Test("Marked views stay, the frame before joins them as one more, and one without the thing as none")
    func views() throws {
        let model = try SmallModel.model()
        let (first, second) = (Self.frame(0), Self.frame(1))
        let marked = Support(image: first.image, annotation: .mask(first.mask))
        var bare = marked
        bare.annotation = .none
        let map = ProbabilityMap(
            height: first.mask.height, width: first.mask.width, values: first.mask.values.map { $0 ? 0.9 : 0.1 })
        for support in [marked, bare] {
            let finder = try ConceptFinder(model, shown: [("x", [support]), ("y", [marked])])
            let after = finder.following(FrameBefore(image: first.image, maps: [map, nil]))
            let (plain, found) = (try finder.find(in: second.image), try after.find(in: second.image))
            #expect(found[0].probabilities != plain[0].probabilities)
            #expect(found[1].probabilities == plain[1].probabilities)
            let nothing = finder.following(FrameBefore(image: first.image, maps: [map, nil], threshold: 0.95))
            #expect(try nothing.find(in: second.image)[0].probabilities == plain[0].probabilities)
        }
        let finder = try ConceptFinder(model, shown: [("x", [marked])])
        let after = finder.following(FrameBefore(image: first.image, maps: [map]))
        guard case .prototypes(let own) = finder.shown[0], case .prototypes(let joined) = after.shown[0] else {
            Issue.record("a concept with a mask has prototypes")
            return
        }
        for (own, joined) in zip(own[0], joined[0]) {
            let count = own.foreground.shape[0]
            #expect(joined.foreground.shape[0] == count + 1)
            #expect(joined.foreground.sliced(axis: 0, from: 0, count: count).scalars == own.foreground.scalars)
        }
    }

    @Test("Frames look back at the frame before, which changes what is found; the guard decides", arguments: [1, 2])
    func looksBack(_ concepts: Int) async throws {
        try await RunTests.inFolder { folder in
            var run = try Self.run(in: folder, concepts: concepts)
            let records = try await Self.records(run, folder.appending(path: "video"))
            #expect(records.map(\.name) == ["frame9", "frame10", "frame11", "frame12", "frame13"])
            #expect(records.allSatisfy { $0.error == nil && ($0.share ?? 0) > 0 })
            #expect(records.map { $0.before?.name } == [nil, "frame9", "frame10", "frame11", "frame12"])
            #expect(Set(records.compactMap { $0.before?.digest }).count == 4)
            run.video = nil
            let alone = try await Self.records(run, folder.appending(path: "alone"))
            #expect(alone.allSatisfy { $0.before == nil })
            let (one, other) = (
                try Self.files(folder.appending(path: "video/probabilities")),
                try Self.files(folder.appending(path: "alone/probabilities"))
            )
            let differing = one.keys.filter { one[$0] != other[$0] }.map { String($0.split(separator: "/").last ?? "") }
            #expect(!differing.contains("frame9.png") && differing.contains("frame10.png"))
            // A presence that no frame reaches: as if each stood alone.
            run.video = VideoTracking(leastPresence: 1)
            let lost = try await Self.records(run, folder.appending(path: "lost"))
            #expect(lost.allSatisfy { $0.before == nil })
            #expect(try Self.files(folder.appending(path: "lost")) == Self.files(folder.appending(path: "alone")))
        }
    }

    @Test("A run that was interrupted after any frame ends in the same bytes", arguments: [1, 2])
    func resumed(_ concepts: Int) async throws {
        try await RunTests.inFolder { folder in
            let run = try Self.run(in: folder, frames: 4, damaged: concepts == 2 ? 1 : nil, concepts: concepts)
            let whole = folder.appending(path: "whole")
            let expected = try await Self.records(run, whole)
            for count in 1...3 {
                let place = folder.appending(path: "part\(count)")
                await Self.interrupted(run, place, after: count)
                #expect(try await Self.records(run, place, resumes: true) == expected)
                #expect(try Self.files(place) == Self.files(whole))
            }
        }
    }

    @Test("A frame that fails is passed over; once it can be read, the frames after it are done again")
    func failing() async throws {
        try await RunTests.inFolder { folder in
            let run = try Self.run(in: folder, damaged: 2)
            let place = folder.appending(path: "out")
            let records = try await Self.records(run, place)
            #expect(records.map { $0.error != nil } == [false, false, true, false, false])
            #expect(records.map { $0.before?.name } == [nil, "frame9", "frame10", "frame10", "frame12"])
            var done: [Int] = []
            let again = try await Self.records(run, place, resumes: true) { event in
                if case .progress(let progress) = event { done.append(progress.done) }
            }
            #expect(again == records && done == [3])
            try ImageFile.save(Self.frame(2).image, to: run.queries[2].url)
            let mended = try await Self.records(run, place, resumes: true)
            let whole = folder.appending(path: "whole")
            #expect(try await Self.records(run, whole) == mended)
            #expect(try Self.files(place) == Self.files(whole))
            #expect(mended.map { $0.before?.name } == [nil, "frame9", "frame10", "frame11", "frame12"])
        }
    }

    @Test("A frame that is another one than was segmented is refused when the next looks back at it")
    func changed() async throws {
        try await RunTests.inFolder { folder in
            let run = try Self.run(in: folder, frames: 3)
            let place = folder.appending(path: "out")
            await Self.interrupted(run, place, after: 2)
            try ImageFile.save(Self.frame(4).image, to: run.queries[1].url)
            let error = await #expect(throws: RunError.self) { try await Self.records(run, place, resumes: true) }
            #expect("\(String(describing: error))".contains("frame10.png"))
        }
    }

    @Test("What frames do not go together with is refused before anything is written")
    func refused() async throws {
        try await RunTests.inFolder { folder in
            let run = try Self.run(in: folder, frames: 2)
            var (drawn, guarded) = (run, run)
            drawn.explains = true
            guarded.video = VideoTracking(leastPresence: .nan)
            for (index, wrong) in [drawn, guarded].enumerated() {
                let place = folder.appending(path: "out\(index)")
                await #expect(throws: RunError.self) { try await Self.records(wrong, place) }
                #expect(!FileManager.default.fileExists(atPath: place.appending(path: "manifest.json").path))
            }
        }
    }
}
