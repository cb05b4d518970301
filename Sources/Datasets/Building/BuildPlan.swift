internal import Foundation
internal import TensorCore

/// What a build makes, image by image.
protocol BuildPlan: Sendable {
    /// The images, in order.
    var images: [BuildImage] { get }
    /// How photos come into the folder.
    var photos: PhotoPlacement { get }
    /// The highest class that label maps may hold.
    var highestClass: Int { get }

    /// Where the photo of an image is.
    func photo(_ image: BuildImage) -> URL
    /// Where the labels of an image are, for messages.
    func labelPlace(_ image: BuildImage) -> String
    /// The labels of an image, from the downloads.
    func labels(_ image: BuildImage) throws -> LabelMap
}

/// One image of a build.
struct BuildImage: Sendable {
    /// The id, as the index has it.
    var id: String
    /// The lists that it is in.
    var sets: [String]
    /// Where its labels are from, as the index says.
    var source: String
    /// Where its photo goes, in the folder.
    var photo: String
    /// Where its label map goes, in the folder.
    var labels: String
    /// Where the plan finds it.
    var place = (list: 0, position: 0)
}

/// What became of an image.
private enum BuiltImage: Codable, Sendable {
    case made(LabelIndex.Row)
    case refused(String)
}

extension BuildPlan {
    /// Refuses to begin where ranks were given other downloads or another build.
    ///
    /// - Throws: `CommunicationError`.
    func requireSame<Build>(_ manifest: RunManifest<Build>, at ranks: RunRanks) throws {
        guard ranks.count > 1 else { return }
        let images = images.map { "\($0.id) \($0.sets.joined(separator: " ")) \($0.source)" }
        try ranks.requireSameBuild(manifest)
        try ranks.requireSame([("list of images", SHA256.hex(images.joined(separator: "\n")))])
    }

    /// Makes the files of all images, several at once, each at one rank, and tells the first rank what became of them.
    ///
    /// - Throws: `CancellationError`; errors of the place to write to. What is wrong with one image is told by name instead.
    func run(
        in folder: URL, workers: Int, ranks: RunRanks, observe: @escaping RunObserver
    ) async throws -> (index: LabelIndex, refused: [String]) {
        let places = Set(images.flatMap { [$0.photo, $0.labels] }.map { Substring($0).split(separator: "/").dropLast() })
        for place in places { try Folder.create(folder.appendingPathComponent(place.joined(separator: "/"))) }
        let clock = RunClock("building", total: images.count)
        var (rows, refused): ([LabelIndex.Row], [String]) = ([], [])
        var done = 0
        try await SharedWork(ranks.communicator, count: images.count).run(images.count) { block, deliver in
            let made = PrefetchSequence(count: block.count, workers: workers) { place in
                try make(images[block.lowerBound + place], in: folder)
            }
            try await made.forEachBatch(of: 1) { place, results in
                for result in results { try deliver(block.lowerBound + place, result) }
            }
        } deliver: { (_: Int, image: BuiltImage) in
            switch image {
            case .made(let row): rows.append(row)
            case .refused(let reason): refused.append(reason)
            }
            done += 1
            observe(.progress(clock.progress(done)))
        } isDone: {
            done == images.count
        }
        return (LabelIndex(rows: rows), refused.sorted())
    }

    /// Makes the files of an image, those that an earlier run made excepted.
    ///
    /// - Returns: a refusal where photo or labels cannot be used.
    /// - Throws: ``DatasetError`` and ``ImageError`` where the folder cannot be written to.
    private func make(_ image: BuildImage, in folder: URL) throws -> BuiltImage {
        let target = folder.appendingPathComponent(image.labels)
        let made: (labels: LabelMap, bytes: [UInt8], isNew: Bool)
        do {
            made = try content(image, madeBefore: target)
        } catch let error as DatasetError {
            return .refused("\(error)")
        } catch {
            let problem = DatasetError(
                file: labelPlace(image), found: "an image that cannot be used (\(error))",
                expected: "a photo with labels of its size", advice: "download or unpack it again")
            return .refused("\(problem)")
        }
        if made.isNew { try ImageFile.write(made.bytes, to: target) }
        try photos.place(photo(image), at: folder.appendingPathComponent(image.photo))
        let void = made.labels.values.count { $0 == LabelMap.ignore }
        return .made(
            LabelIndex.Row(
                id: image.id, sets: image.sets, source: image.source, height: made.labels.height, width: made.labels.width,
                pixels: made.labels.pixelCounts, void: void, sha256: SHA256.hex(made.bytes)))
    }

    /// The label map that is there, or a new one where there is none or it is damaged.
    private func content(
        _ image: BuildImage, madeBefore target: URL
    ) throws -> (labels: LabelMap, bytes: [UInt8], isNew: Bool) {
        let header = try ImageFile.header(photo(image))
        let (labels, bytes, isNew): (LabelMap, [UInt8], Bool)
        if FileBytes.exists(target), let earlier = try? ImageFile.bytes(of: target),
            let map = try? ImageCodec.labels(earlier, file: target.path).map
        {
            (labels, bytes, isNew) = (map, earlier, false)
        } else {
            (labels, isNew) = (try self.labels(image), true)
            bytes = try ImageCodec.png(
                labels.values, height: labels.height, width: labels.width, palette: ColorMap.voc, file: target.path)
        }
        guard (labels.height, labels.width) == (header.height, header.width) else {
            throw DatasetError(
                file: labelPlace(image), found: "labels of \(labels.width)x\(labels.height)",
                expected: "the size of the photo, \(header.width)x\(header.height)", advice: "download both again")
        }
        if let wrong = labels.values.first(where: { $0 > highestClass && $0 != LabelMap.ignore }) {
            throw DatasetError(
                file: labelPlace(image), found: "the value \(wrong)",
                expected: "classes 0...\(highestClass), and 255 for void", advice: "download the file again")
        }
        return (labels, bytes, isNew)
    }
}

extension LabelIndex {
    /// Label maps beside the digests of the index.
    ///
    /// - Parameter file: where the label map of an image is.
    func inventory(of place: String, file: (String) -> URL) -> DatasetInventory {
        var report = DatasetInventory()
        let sources = Dictionary(grouping: rows, by: \.source).map { "\($0.value.count) of \($0.key)" }.sorted()
        var (bytes, other, missing): (Int, [String], [String]) = (0, [], [])
        for row in rows {
            guard let content = try? FileBytes.read(file(row.id)) else {
                missing.append(row.id)
                continue
            }
            bytes += content.count
            if SHA256.hex(content) != row.sha256 { other.append(row.id) }
        }
        let list = sources.isEmpty ? "none" : sources.joined(separator: ", ")
        report.notes.append("label maps: \(rows.count - missing.count) files of \(bytes) bytes (\(list))")
        if let first = missing.first {
            report.errors.append(
                "\(place): \(missing.count) label maps of the index are missing, such as \(first); go on with the build")
        }
        if let first = other.first {
            report.errors.append(
                "\(place): \(other.count) label maps are not those of the index, such as \(first); they were changed or damaged after "
                    + "the build: build again")
        }
        return report
    }
}
