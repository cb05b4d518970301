internal import Datasets
@testable import Diffusion
internal import Foundation
internal import Synchronization
internal import TensorCore
internal import Testing

/// Tasks beside the classes: regions of photos in two views, and things that fill the frame.
@Suite("Region tasks")
struct RegionTaskTests {
    private static let items = [("a", 1), ("b", 1), ("d", 1), ("a", 2), ("c", 2)].map { DatasetItem(id: $0, classID: $1) }

    private static func training(regions: Float? = nil, near: Float? = nil) -> TrainingConfiguration {
        var training = SmallModel.training
        training.regionShare = regions
        training.nearShare = near
        return training
    }

    private func tasks(
        _ dataset: DrawnScenes = DrawnScenes(), seed: UInt64 = 0, store: FeatureStore = FeatureStore()
    ) async throws -> RegionTasks {
        let settings = RegionTasks.Settings(regions: 3, hasNearViews: true, seed: seed)
        return try await RegionTasks(dataset, items: Self.items, settings, store: store)
    }

    private func examples(_ dataset: any FewShotDataset, _ store: FeatureStore = FeatureStore()) throws -> TrainingExamples {
        let extractor = PriorExtractor(
            backbone: try SmallModel.backbone(), parts: try SmallModel.configuration.parts(), cacheCapacity: 0)
        return TrainingExamples(
            dataset, items: Self.items, extractor: extractor, SmallModel.training,
            resolution: SmallModel.configuration.decoder.resolution, store: store)
    }

    private func sampler(_ examples: TrainingExamples, _ training: TrainingConfiguration) throws -> TrainingSampler {
        let builder = ConditionBuilder(try SmallModel.configuration.parts(), resolution: 16)
        return TrainingSampler(examples: examples, builder: builder, training: training)
    }

    /// The photos of an example, query first, as a batch names them.
    private func photos(_ name: String) -> [String] {
        name.replacing(",", with: "").split(separator: " ").map(String.init).enumerated().filter {
            ![1, 2, 3].contains($0.offset)
        }
        .map(\.element)
    }

    @Test("Where no share asks for tasks the dataset stays what it is")
    func none() async throws {
        let dataset = DrawnScenes()
        for training in [Self.training(), Self.training(regions: 0, near: 0)] {
            let same = try await RegionTasks.extending(dataset, items: Self.items, training, store: FeatureStore())
            #expect(same as? DrawnScenes === dataset)
        }
        let training = Self.training(regions: 0.5)
        let extended = try await RegionTasks.extending(dataset, items: Self.items, training, store: FeatureStore())
        let tasks = try #require(extended as? RegionTasks)
        #expect(!tasks.regionItems.isEmpty && tasks.nearItems.isEmpty)
    }

    @Test("Every region class has one item a view, with a mask of the view's size; photos with other classes have none")
    func items() async throws {
        let tasks = try await tasks()
        let byClass = Dictionary(grouping: tasks.regionItems, by: \.classID)
        #expect(!byClass.isEmpty && byClass.keys.allSatisfy { $0 >= 1 << 30 && $0 < 1 << 31 })
        for (classID, items) in byClass {
            #expect(Set(items.map(\.id)).count == 2)
            for item in items {
                #expect(["a", "b", "c"].contains(String(item.id.prefix(1))))
                let (image, mask) = (try tasks.image(item.id), try tasks.mask(of: classID, in: item.id))
                #expect(image.height == mask.height && image.width == mask.width && mask.object.area > 0)
                #expect(try tasks.classIDs(in: item.id).contains(classID))
            }
        }
        let own = tasks.regionItems.map(\.classID).reduce(into: [Int]()) { known, id in
            if !known.contains(id) { known.append(id) }
        }
        #expect(tasks.classes.map(\.id) == [1, 2, 3] + own)
        #expect(Array(tasks.items.prefix(tasks.base.items.count)) == tasks.base.items)
        #expect(Set(tasks.items).count == tasks.items.count)
    }

    @Test("A near view shows the class in half of the frame or more")
    func near() async throws {
        let tasks = try await tasks()
        #expect(!tasks.nearItems.isEmpty)
        for item in Self.items {
            guard let view = tasks.nearView(of: item) else { continue }
            let (image, mask) = (try tasks.image(view.id), try tasks.mask(of: item.classID, in: view.id))
            #expect(view.classID == item.classID && image.height == mask.height)
            #expect(2 * mask.object.area >= mask.height * mask.width)
        }
    }

    @Test("Digests tell views, seeds and photos apart and are the same the next time; labels are looked at once")
    func digests() async throws {
        let (dataset, store) = (DrawnScenes(), FeatureStore())
        let first = try await tasks(dataset, store: store)
        let looks = dataset.looks
        let second = try await tasks(dataset, store: store)
        #expect(dataset.looks == looks && looks > 0)
        #expect(first.items == second.items && first.classes == second.classes)
        let ids = Set(first.items.map(\.id)).sorted()
        let digests = try ids.map { try first.contentDigest($0) }
        #expect(try ids.map { try second.contentDigest($0) } == digests)
        #expect(Set(digests).count == ids.count)
        let other = try await tasks(seed: 1)
        for item in other.regionItems { #expect(try !digests.contains(other.contentDigest(item.id))) }
    }

    @Test("Every example is a region, and its support the other view, where the share is 1")
    func regions() async throws {
        let sampler = try sampler(examples(try await tasks()), Self.training(regions: 1))
        for step in 0..<10 {
            var random = TorchRandom(seed: UInt64(step))
            for name in try sampler.batch(&random).names {
                let photos = photos(name)
                #expect(photos.count == 2 && photos[0] != photos[1])
                #expect(Set(photos.map { $0.dropLast() }).count == 1 && photos[0].contains("#region-"), "\(name)")
            }
        }
    }

    @Test("Queries and supports are near views where the share is 1 and there is one, never of the same photo")
    func nearExamples() async throws {
        let tasks = try await tasks()
        let views = Set(Self.items.compactMap { tasks.nearView(of: $0)?.id })
        let without = Set(Self.items.filter { tasks.nearView(of: $0) == nil }.map(\.id))
        let sampler = try sampler(examples(tasks), Self.training(near: 1))
        for step in 0..<10 {
            var random = TorchRandom(seed: UInt64(step))
            for name in try sampler.batch(&random).names {
                let photos = photos(name)
                #expect(photos.allSatisfy { views.contains($0) || without.contains($0) }, "\(name)")
                #expect(!photos.dropFirst().contains { $0.prefix(1) == photos[0].prefix(1) }, "\(name)")
            }
        }
    }

    @Test("Shares of 0 draw what is drawn without tasks, bit for bit, and some of each kind come between")
    func shares() async throws {
        let plain = try sampler(examples(DrawnScenes()), Self.training())
        let extended = try examples(try await tasks())
        #expect(extended.classIDs == plain.examples.classIDs && !extended.regionClassIDs.isEmpty)
        let zero = try sampler(extended, Self.training(regions: 0, near: 0))
        let half = try sampler(extended, Self.training(regions: 0.5, near: 0.5))
        var names: [String] = []
        for step in 0..<12 {
            var random = [TorchRandom(seed: UInt64(step)), TorchRandom(seed: UInt64(step)), TorchRandom(seed: UInt64(step))]
            let (first, second) = (try plain.batch(&random[0]), try zero.batch(&random[1]))
            #expect(first.names == second.names && first.truth.scalars == second.truth.scalars)
            #expect(random[0].state == random[1].state)
            names += try half.batch(&random[2]).names
        }
        #expect(names.contains { $0.contains("#region-") } && names.contains { $0.contains("#near-") })
        #expect(names.contains { !$0.contains("#region-") })
    }

    @Test("A training with tasks goes on with the same bits when everything is made anew")
    func resume() async throws {
        let training = Self.training(regions: 0.5, near: 0.5)
        func trainer() async throws -> DiffUpTrainer {
            try DiffUpTrainer(examples(try await tasks()), model: SmallModel.configuration, training: training)
        }
        let whole = try await trainer()
        try await whole.run()
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).safetensors")
        defer { try? FileManager.default.removeItem(at: url) }
        let first = try await trainer()
        try await first.run(until: 3)
        try first.saveState(to: url)
        let second = try await trainer()
        try second.loadState(from: url)
        try await second.run()
        let weights = [whole, second].map { trainer in
            withoutGradients { trainer.decoder.parameters.map { $0.value.scalars } }
        }
        #expect(weights[0] == weights[1])
    }

    @Test("Numbers of region classes meet neither the dataset's nor each other")
    func numbers() {
        var free = RegionNumbers(taken: [1, 2])
        let first = free.first(for: "digest")
        #expect(free.first(for: "digest") == first + RegionTasks.maximumRegions)
        var taken = RegionNumbers(taken: [first + 3])
        #expect(taken.first(for: "digest") == first + RegionTasks.maximumRegions)
        #expect(RegionNumbers.mark(absentIn: ["x", "y#z"]) == "#")
        #expect(RegionNumbers.mark(absentIn: ["x#near-1"]) == "##")
    }

    @Test("Settings that are older than the keys are read, and mean none")
    func older() throws {
        var tree = try ConfigurationTree(encoding: TrainingConfiguration())
        for key in ["regionShare", "regions", "nearShare"] { tree[key] = nil }
        let old = try JSONDecoder().decode(TrainingConfiguration.self, from: JSONEncoder().encode(tree))
        #expect(old == TrainingConfiguration())
        let set = try TrainingSettings().changed(
            byJSON: nil, file: "", assignments: ["training.regionShare=0.25", "training.regions=2"])
        #expect(set.training.regionShare == 0.25 && set.training.regionCount == 2 && set.training.nearShare == nil)
        let error = #expect(throws: ConfigurationError.self) {
            try TrainingSettings().changed(byJSON: nil, file: "", assignments: ["training.regions=9"])
        }
        #expect(error?.key == "training.regions")
    }
}

/// Four scenes of 64x64: blue above green with a pillar of each class that they show.
private final class DrawnScenes: FewShotDataset {
    private static let side = 64
    private static let shown: [String: [Int]] = ["a": [1, 2], "b": [1], "c": [2], "d": [1, 3]]
    private let count = Mutex(0)

    /// How often pixels or masks were asked for.
    var looks: Int { count.withLock { $0 } }

    var name: String { "scenes" }
    var classes: [FewShotClass] { (1...3).map { FewShotClass(id: $0, name: "class \($0)") } }
    var items: [DatasetItem] {
        Self.shown.keys.sorted().flatMap { id in (Self.shown[id] ?? []).map { DatasetItem(id: id, classID: $0) } }
    }

    private static func isInside(_ pixel: Int, _ classID: Int, _ id: String) -> Bool {
        guard shown[id]?.contains(classID) == true else { return false }
        // Scenes differ in where their pillars begin.
        let shift = Int(id.utf8.first ?? 97) - 97
        let (left, top) = (21 * (classID - 1), 4 + shift)
        return (left..<(left + 21)).contains(pixel % side) && (top..<(top + 56)).contains(pixel / side)
    }

    func image(_ id: String) -> RGBImage {
        count.withLock { $0 += 1 }
        let colors: [[UInt8]] = [[220, 20, 20], [220, 220, 20], [20, 220, 220]]
        let pixels = (0..<(Self.side * Self.side)).flatMap { pixel -> [UInt8] in
            if let classID = (1...3).first(where: { Self.isInside(pixel, $0, id) }) { return colors[classID - 1] }
            return pixel < Self.side * Self.side / 2 ? [60, 120, 230] : [30, 150, 40]
        }
        return RGBImage(height: Self.side, width: Self.side, pixels: pixels)
    }

    func mask(of classID: Int, in image: String) -> ClassMask {
        count.withLock { $0 += 1 }
        let values = (0..<(Self.side * Self.side)).map { Self.isInside($0, classID, image) }
        return ClassMask(object: BinaryMask(height: Self.side, width: Self.side, values: values))
    }

    func classIDs(in image: String) -> Set<Int> { Set(Self.shown[image] ?? []) }

    func contentDigest(_ id: String) -> String { "scene \(id)" }
}
