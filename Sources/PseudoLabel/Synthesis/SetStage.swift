public import Datasets
internal import Foundation
internal import TensorCore

/// The last stage: images and the labels of one stage as a ``SyntheticSet``, from which novel classes are learned.
public struct SetStage: Sendable {
    /// All that decides the stage's results, as its manifest has it.
    struct Record: Codable, Equatable {
        var stage: PseudoLabelStage
        var minimumPixels: Int
        var files: String
    }

    /// Whose labels are taken.
    public var stage: PseudoLabelStage
    /// Images with fewer pixels of their class are left out: they would teach that the class is background.
    public var minimumPixels: Int
    /// The folder of the labels.
    public var masks: String

    /// A stage.
    public init(
        _ stage: PseudoLabelStage = .refined, minimumPixels: Int = 64, masks: String = SynthesisFolder.masksName
    ) {
        (self.stage, self.minimumPixels, self.masks) = (stage, minimumPixels, masks)
    }

    /// Writes the set: `sets/<stage>/set.json` with images and labels, `sheet.png`.
    ///
    /// - Parameters:
    ///   - force: whether a set of other settings may be replaced.
    ///   - arguments: the words of a command line, for the manifest.
    /// - Throws: `RunError` where a label is missing, ``PseudoLabelError/emptySet(folder:stage:minimumPixels:)`` where no image is left, and
    ///   what files throw.
    public func run(
        in work: SynthesisFolder, force: Bool = false, arguments: [String] = [], observe: RunObserver = { _ in }
    ) async throws -> SyntheticSet {
        let start = Date()
        guard minimumPixels >= 1 else {
            throw RunError.setting("min-pixels", found: "\(minimumPixels)", expected: "1 or more")
        }
        let images = try work.images()
        let digests = try images.flatMap { image in
            [image.name, image.sha256, try labelRecord(image, work).sha256]
        }
        let record = Record(stage: stage, minimumPixels: minimumPixels, files: contentDigest(digests))
        let folder = try work.stage(work.setName(stage, of: masks), record, command: "synth set", force: force)
        folder.remarks.forEach { observe(.note($0)) }
        let manifest = RunManifest(command: "synth set", arguments: arguments, settings: record, started: start)
        return try await folder.run(manifest, since: start) { remarks in
            var (entries, sheet, left) = ([SyntheticSet.Entry](), StageSheet(), 0)
            let clock = RunClock("writing the set", total: images.count)
            for (count, image) in images.enumerated() {
                try Task.checkCancellation()
                let labels = try LabelMap.load(work.labels(of: image, after: stage, in: masks)).classMap
                observe(.progress(clock.progress(count + 1)))
                guard labels.values.count(where: { $0 == Int32(image.item.id) }) >= minimumPixels else {
                    left += 1
                    continue
                }
                let photo = try ImageFile.load(work.place(of: image))
                entries.append(
                    try SyntheticSet.add(
                        image.name, image: photo, labels: labels, classID: image.item.id, prompt: image.prompt, to: folder.url))
                if entries.count <= 20 { sheet.add(photo, [(stage, labels)], truth: nil, caption: image.item.name) }
            }
            guard !entries.isEmpty else {
                throw PseudoLabelError.emptySet(folder: folder.url.path, stage: stage, minimumPixels: minimumPixels)
            }
            if left > 0 {
                remarks.append("\(left) of \(images.count) images left out: fewer than \(minimumPixels) pixels of their class")
            }
            remarks.forEach { observe(.note($0)) }
            try ImageFile.save(sheet.rendered(title: "labels: \(stage.rawValue)"), to: folder.file("sheet.png"))
            try SyntheticSet.write(entries, to: folder.url)
            return try SyntheticSet(contentsOf: folder.url)
        }
    }

    private func labelRecord(_ image: StagedImage, _ work: SynthesisFolder) throws(RunError) -> FileRecord {
        let file = work.labels(of: image, after: stage, in: masks)
        guard FileManager.default.fileExists(atPath: file.path) else {
            throw .file(
                file.path, found: "no such file", expected: "the labels of \(image.name)", advice: "run `fss synth masks` first")
        }
        return try FileRecord(file)
    }
}
