internal import Synchronization

/// The families of networks that descriptions may name.
public enum BackboneFamilies {
    private static let families = Mutex<[any BackboneFamily.Type]>([
        ResNet.self, DenseNet.self, MobileNetV2.self, SqueezeNet.self, VGG.self, Swin.self, DINOv2.self, DINOv3.self,
        CLIPResNet.self, CLIPViT.self,
    ])

    /// Makes a family known to descriptions, weights and the command; it takes the place of one of the same name.
    public static func register(_ family: any BackboneFamily.Type) {
        families.withLock { families in
            families.removeAll { $0.family == family.family }
            families.append(family)
        }
    }

    /// All families, in the order in which they came.
    public static var all: [any BackboneFamily.Type] { families.withLock { $0 } }

    /// The family called `name`.
    public static func family(named name: String) -> (any BackboneFamily.Type)? { all.first { $0.family == name } }

    /// The networks whose tensors are exactly those of a file; several where names and shapes leave something open.
    ///
    /// What the weights expect of their pixels cannot be told from them.
    public static func networks(fitting weights: WeightsIndex) -> [NetworkConfiguration] {
        all.flatMap { $0.networks(fitting: weights) }
    }
}
