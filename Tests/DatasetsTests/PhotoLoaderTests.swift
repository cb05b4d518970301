import Foundation
import Synchronization
import TensorCore
import Testing

@testable import Datasets

/// Photos of different sizes that follow from their number.
private func photo(_ number: Int) -> PhotoSample {
    let (height, width) = (20 + number % 7, 30 - number % 5)
    let pixels = (0..<(height * width * 3)).map { UInt8(truncatingIfNeeded: $0 &* (number + 3) &+ $0 / 7) }
    let labels = (0..<(height * width)).map { Int32($0 * (number + 1) % 5) }
    return PhotoSample(
        id: "\(number)", image: RGBImage(height: height, width: width, pixels: pixels),
        labels: ClassMap(height: height, width: width, values: labels))
}

private struct Unreadable: Error {}

@Suite struct PhotoLoaderTests {
    private static func loader(workers: Int, seed: UInt64 = 7) -> PhotoLoader {
        let steps: [any PhotoTransformation] = [
            RandomResizedCrop(PhotoResize(height: 17, width: 19, filter: .bicubic)), RandomFlip(),
            RandomCrop(height: 12, width: 16),
        ]
        return PhotoLoader(count: 23, isShuffled: true, transformations: steps, seed: seed, workers: workers) { photo($0) }
    }

    private static func samples(_ loader: PhotoLoader, epoch: Int) async throws -> [PhotoSample] {
        var samples: [PhotoSample] = []
        for try await element in loader.samples(epoch: epoch) {
            #expect(element.position == samples.count)
            samples.append(try element.get())
        }
        return samples
    }

    @Test("The number of workers changes no byte", arguments: [0, 3])
    func workers(epoch: Int) async throws {
        let one = try await Self.samples(Self.loader(workers: 1), epoch: epoch)
        #expect(one.count == 23)
        #expect(Set(one.map(\.id)).count == 23)
        for workers in [2, 4] {
            #expect(try await Self.samples(Self.loader(workers: workers), epoch: epoch) == one)
            var pixels: [UInt8] = []
            for try await batch in Self.loader(workers: workers).batches(of: 5, epoch: epoch) {
                let images = try batch.get().images
                #expect(images.dtype == .uint8)
                pixels += images.scalars.map { UInt8($0) }
            }
            #expect(pixels == one.flatMap(\.image.pixels))
        }
        // One photo on its own is the same again.
        let order = Self.loader(workers: 1).order(epoch: epoch)
        #expect(order.map(String.init) == one.map(\.id))
        #expect(try Self.loader(workers: 1).sample(order[4], epoch: epoch) == one[4])
    }

    @Test func epochsAndSeedsDiffer() async throws {
        let loader = Self.loader(workers: 2)
        let first = try await Self.samples(loader, epoch: 0)
        #expect(try await Self.samples(loader, epoch: 1) != first)
        #expect(try await Self.samples(Self.loader(workers: 2, seed: 8), epoch: 0) != first)
        #expect(loader.order(epoch: 0).sorted() == Array(0..<23))
        #expect(loader.order(epoch: 0) != loader.order(epoch: 1))
    }

    @Test func labelsFollowTheirPhotos() throws {
        // A photo whose red is its class.
        let classes = (0..<(14 * 11)).map { Int32($0 % 200) }
        let pixels = classes.flatMap { value -> [UInt8] in [UInt8(value), 0, 0] }
        let sample = PhotoSample(
            id: "a", image: RGBImage(height: 14, width: 11, pixels: pixels),
            labels: ClassMap(height: 14, width: 11, values: classes))
        for number in 0..<20 {
            var random = TorchRandom(seed: UInt64(number))
            let cut = try RandomCrop(height: 9, width: 8)(sample, &random)
            let turned = RandomFlip()(cut, &random)
            let red = stride(from: 0, to: turned.image.pixels.count, by: 3).map { Int32(turned.image.pixels[$0]) }
            #expect(turned.labels?.values == red)
            #expect(turned.image.height == 9 && turned.image.width == 8)
        }
        var random = TorchRandom(seed: 0)
        #expect(throws: DatasetError.self) { try RandomCrop(height: 15, width: 8)(sample, &random) }
    }

    @Test func aPhotoThatCannotBeLoadedIsAnErrorInItsPlace() async throws {
        let loader = PhotoLoader(count: 9, transformations: [PhotoResize(height: 4, width: 6)], workers: 3) { number in
            if [2, 3, 8].contains(number) { throw Unreadable() }
            return photo(number)
        }
        var failed: [Int] = []
        for try await element in loader.samples() {
            if case .failure = element.result {
                failed.append(element.position)
            } else {
                #expect(try element.get().id == "\(element.position)")
            }
        }
        #expect(failed == [2, 3, 8])
        var (missing, shapes): ([Int], [Shape]) = ([], [])
        for try await element in loader.batches(of: 4) {
            guard case .success(let batch) = element.result else {
                #expect(element.position == 2)
                continue
            }
            missing += batch.failures.map(\.photo)
            shapes.append(batch.images.shape)
            #expect(batch.labels?.shape == [batch.photos.count, 4, 6])
        }
        #expect(missing == [2, 3])
        #expect(shapes == [[2, 4, 6, 3], [4, 4, 6, 3]])
    }

    @Test func photosOfDifferentSizesAreNoBatch() async throws {
        let loader = PhotoLoader(count: 4) { photo($0) }
        for try await element in loader.batches(of: 4) { #expect(throws: DatasetError.self) { try element.get() } }
    }

    @Test func normalisedSamplesAreThoseOfTorchvision() throws {
        let image = RGBImage(height: 1, width: 3, pixels: [0, 128, 255, 17, 200, 3, 255, 0, 99])
        let batch = try PhotoBatch(PhotoSample(id: "a", image: image), normalization: .imageNet)
        #expect(batch.images.shape == [1, 1, 3, 3])
        let (mean, std): ([Float], [Float]) = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
        let expected = image.pixels.enumerated().map { (Float($1) / 255 - mean[$0 % 3]) / std[$0 % 3] }
        #expect(batch.images.scalars == expected)
    }

    @Test func filesAndDatasetsAreRead() async throws {
        try await withTemporaryFolder { folder in
            let files = (0..<5).map { folder.appending(path: "\($0).png") }
            for (number, file) in files.enumerated() where number != 3 { try ImageFile.save(photo(number).image, to: file) }
            var seen: [Int] = []
            for try await element in PhotoLoader(files: files, workers: 2).samples() {
                guard element.position != 3 else {
                    #expect(throws: ImageError.self) { try element.get() }
                    continue
                }
                #expect(try element.get().image == photo(element.position).image)
                seen.append(element.position)
            }
            #expect(seen == [0, 1, 2, 4])
            let dataset = Shapes5iDataset(Shapes5i(imageSize: 32, imagesPerClass: 1), split: .validation, fold: 0)
            for try await element in PhotoLoader(dataset: dataset).samples() {
                let sample = try element.get()
                #expect(try sample.labels == dataset.classMap(of: sample.id))
            }
        }
    }
}

@Suite struct PrefetchSequenceTests {
    @Test("No more values exist than lie ahead of the one in use", arguments: [1, 2, 4], [0, 1, 5])
    func lookahead(workers: Int, ahead: Int) async throws {
        let made = Mutex(0)
        var taken = 0
        for try await element in PrefetchSequence(
            count: 30, workers: workers, ahead: ahead,
            make: { position in
                made.withLock { $0 += 1 }
                return position * 2
            })
        {
            taken += 1
            #expect(try element.get() == element.position * 2)
            try await Task.sleep(for: .milliseconds(1))
            #expect(made.withLock { $0 } <= taken + ahead)
        }
        #expect(taken == 30)
        #expect(made.withLock { $0 } == 30)
    }

    @Test("No more values are made at once than there are workers", arguments: [1, 2, 3])
    func workers(count: Int) async throws {
        let state = Mutex((now: 0, most: 0))
        let sequence = PrefetchSequence(count: 12, workers: count, ahead: 10) { _ in
            state.withLock { state in
                state.now += 1
                state.most = max(state.most, state.now)
            }
            try await Task.sleep(for: .milliseconds(15))
            state.withLock { $0.now -= 1 }
        }
        for try await element in sequence { try element.get() }
        #expect(state.withLock { $0.most } == count)
    }

    @Test("Leaving the loop ends the work that lies ahead")
    func leaving() async throws {
        let made = Mutex(0)
        let sequence = PrefetchSequence(count: 1000, workers: 2, ahead: 3) { position in
            made.withLock { $0 += 1 }
            return position
        }
        for try await element in sequence where element.position == 4 { break }
        try await Task.sleep(for: .milliseconds(30))
        #expect(made.withLock { $0 } <= 5 + 3)
    }

    @Test("A cancelled task stops waiting, and the work that it waits for hears of it")
    func cancellation() async throws {
        let (begun, heard) = (Gate(), Gate())
        let task = Task { () -> Bool in
            let sequence = PrefetchSequence(count: 3, workers: 1, ahead: 0) { _ in
                begun.open()
                do { try await Task.sleep(for: .seconds(100)) } catch {
                    heard.open()
                    throw error
                }
            }
            do {
                for try await _ in sequence {}
                return false
            } catch { return true }
        }
        await begun.wait()
        task.cancel()
        #expect(await task.value)
        await heard.wait()
    }

    /// Lets others wait for a moment, however long a busy machine takes.
    private struct Gate: Sendable {
        private let ends = AsyncStream.makeStream(of: Void.self)

        func open() { ends.continuation.finish() }

        func wait() async { for await _ in ends.stream {} }
    }
}

@Suite struct ResampleTests {
    /// The rule without vectors: what Pillow's C says, written down.
    private static func reference(_ image: RGBImage, height: Int, width: Int, _ filter: ResizeFilter) -> RGBImage {
        func pass(_ values: [UInt8], lines: Int, input: Int, output: Int, at place: (Int, Int, Int, Int) -> Int) -> [UInt8] {
            guard input != output else { return values }
            var result = [UInt8](repeating: 0, count: lines * output * 3)
            let stretch = max(Double(input) / Double(output), 1)
            for index in 0..<output {
                let center = (Double(index) + 0.5) * Double(input) / Double(output)
                let first = max(0, Int(center - filter.support * stretch + 0.5))
                let last = min(input, Int(center + filter.support * stretch + 0.5))
                let raw = (first..<last).map { filter.weight((Double($0) - center + 0.5) / stretch) }
                let sum = raw.reduce(0, +)
                let weights = raw.map { value -> Int in
                    let scaled = value / sum * Double(1 << 22)
                    return Int(scaled < 0 ? scaled - 0.5 : scaled + 0.5)
                }
                for line in 0..<lines {
                    for channel in 0..<3 {
                        var total = 1 << 21
                        for (tap, weight) in weights.enumerated() {
                            total += Int(values[place(line, first + tap, input, channel)]) * weight
                        }
                        result[place(line, index, output, channel)] = UInt8(min(max(total >> 22, 0), 255))
                    }
                }
            }
            return result
        }
        let across = pass(image.pixels, lines: image.height, input: image.width, output: width) { ($0 * $2 + $1) * 3 + $3 }
        let down = pass(across, lines: width, input: image.height, output: height) { line, index, _, channel in
            (index * width + line) * 3 + channel
        }
        return RGBImage(height: height, width: width, pixels: down)
    }

    @Test("Every remainder of rows and columns", arguments: ResizeFilter.allCases)
    func remainders(filter: ResizeFilter) {
        for height in [1, 2, 3, 4, 5, 7, 8, 9, 13] {
            for width in [1, 2, 5, 6, 11] {
                let pixels = (0..<(height * width * 3)).map { UInt8(truncatingIfNeeded: $0 &* 97 &+ ($0 % 3) * 120) }
                let image = RGBImage(height: height, width: width, pixels: pixels)
                for (newHeight, newWidth) in [(1, 1), (3, 4), (6, 7), (height, 9), (10, width), (17, 23)] {
                    let found = image.resized(height: newHeight, width: newWidth, filter: filter)
                    #expect(
                        found == Self.reference(image, height: newHeight, width: newWidth, filter),
                        "\(width)x\(height) to \(newWidth)x\(newHeight)")
                }
            }
        }
    }
}
