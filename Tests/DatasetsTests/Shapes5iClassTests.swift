import Testing

@testable import Datasets

@Suite("Shapes-5i: telling the classes apart")
struct Shapes5iClassTests {
    @Test("In one pose every shape has its own mask and every class its own picture")
    func classesDiffer() {
        let size = 64
        var scene = Shapes5i().scene(.init(fold: 0, split: .validation, class: 1, index: 0))
        scene.foreground = []
        var layout = ShapeRandom(keys: [1])
        let pose = ShapePose(centre: PlaneVector(0.5, 0.5), radius: 0.35, random: &layout)
        let renderings = (1...20).map { classID in
            var looks = ShapeRandom(keys: [2])
            scene.objects = [ShapeObject(classID: classID, pose: pose, random: &looks)]
            return scene.render(size: size, voidBorder: 0)
        }
        for first in 0..<20 {
            for second in 0..<first {
                let sameShape = Shapes5i.compositions[first].shape == Shapes5i.compositions[second].shape
                let masks = zip(renderings[first].instances.values, renderings[second].instances.values)
                let moved = masks.reduce(0) { $0 + ($1.0 == $1.1 ? 0 : 1) }
                #expect(sameShape ? moved == 0 : moved > 100, "\(first + 1) and \(second + 1): \(moved)")
                let samples = zip(renderings[first].image.pixels, renderings[second].image.pixels)
                let repainted = samples.reduce(0) { $0 + (abs(Int($1.0) - Int($1.1)) > 40 ? 1 : 0) }
                #expect(repainted > 300, "\(first + 1) and \(second + 1): \(repainted)")
            }
        }
    }

    @Test("A classification sample shows one base class, large, and numbers it among the base classes")
    func classificationSamples() {
        let shapes = Shapes5i()
        for (position, classID) in Shapes5i.baseClasses(ofFold: 1).enumerated() {
            let (sample, label) = shapes.classificationSample(class: classID, index: position, size: 48, fold: 1)
            #expect(label == position)
            #expect(sample.classIDs == [classID])
            #expect(sample.image.width == 48 && sample.labels.height == 48)
            #expect(sample.labels.mask(ofClass: classID).area > 48 * 48 / 25)
        }
        let first = shapes.classificationSample(class: 1, index: 0, size: 32, fold: 1).sample
        #expect(first == shapes.classificationSample(class: 1, index: 0, size: 32, fold: 1).sample)
        #expect(first != shapes.classificationSample(class: 1, index: 1, size: 32, fold: 1).sample)
    }

    @Test("Matching colours with the support does not solve an episode")
    func coloursDoNotTell() {
        let shapes = Shapes5i(imageSize: 48)
        var intersection = 0
        var union = 0
        for episode in 0..<30 {
            let classID = 1 + episode % 5
            let support = shapes.render(.init(fold: 0, split: .validation, class: classID, index: 2 * episode))
            let query = shapes.render(.init(fold: 0, split: .validation, class: classID, index: 2 * episode + 1))
            let mask = support.labels.mask(ofClass: classID)
            let foreground = Shapes5iClassTests.meanColor(support.image, where: mask.values)
            let background = Shapes5iClassTests.meanColor(support.image, where: mask.values.map { !$0 })
            let truth = query.labels.mask(ofClass: classID)
            for pixel in 0..<(48 * 48) {
                let color = (0..<3).map { Float(query.image.pixels[pixel * 3 + $0]) }
                let isForeground =
                    Shapes5iClassTests.distance(color, foreground) < Shapes5iClassTests.distance(color, background)
                if isForeground && truth.values[pixel] { intersection += 1 }
                if isForeground || truth.values[pixel] { union += 1 }
            }
        }
        #expect(Float(intersection) / Float(union) < 0.2)
    }

    private static func meanColor(_ image: RGBImage, where mask: [Bool]) -> [Float] {
        var sums: [Float] = [0, 0, 0]
        var count: Float = 0
        for (pixel, isIn) in mask.enumerated() where isIn {
            for channel in 0..<3 { sums[channel] += Float(image.pixels[pixel * 3 + channel]) }
            count += 1
        }
        return sums.map { $0 / count }
    }

    private static func distance(_ left: [Float], _ right: [Float]) -> Float {
        zip(left, right).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    }
}
