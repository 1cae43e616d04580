//! Where a policy on connections can change its mind: the numbers that it compares ports with, the ranges that it compares
//! addresses with. Between them one answer holds for all, so that connections are never asked about port by port.

use std::collections::BTreeSet;

use cedar_policy_core::ast::{BinaryOp, Expr, ExprKind, Literal, Var};

use super::condition::Condition;
use super::parameter::{Parameter, ParameterType, Value};
use super::reads::{Root, Step};
use super::validate::Wrong;
use crate::net::{AddressSet, Cidr, METADATA_ADDRESSES, Ports, Protocol, Ranges};

/// What one policy compares connections with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cuts {
    /// Ports at which an answer can begin to differ from that of the port before.
    starts: BTreeSet<u16>,
    /// Ports that it names one by one.
    pub(super) named: BTreeSet<u16>,
    /// Sets of addresses that it tells from all others.
    pub(super) addresses: Vec<AddressSet>,
    /// It reads `context.protocol`.
    protocol: bool,
    /// It reads `context.settled`.
    pub(super) settled: bool,
    /// It asks for `context.service`.
    pub(super) service: bool,
    /// What it reads of it.
    pub(super) of_service: BTreeSet<String>,
}

/// Ports for which a policy has one answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Atom {
    /// All of them.
    pub(super) ports: Ports,
    /// The protocol of one of them.
    pub(super) protocol: Protocol,
    /// The number of one of them.
    pub(super) port: u16,
}

impl Cuts {
    /// What a condition compares with.
    ///
    /// # Errors
    /// Where it uses the port, or the whole context, for something else than comparing.
    pub(super) fn of(condition: &Condition, parameters: &[Parameter]) -> Result<Cuts, Wrong> {
        let mut cuts = Cuts::default();
        for leaf in &condition.leaves {
            for expr in leaf.expr().subexpressions() {
                cuts.compare(expr, parameters);
            }
            let wrong = |message: &str, help: &str| Wrong {
                span: leaf.span,
                message: message.to_owned(),
                help: Some(help.to_owned()),
            };
            if uses(leaf.expr(), is_port) != uses(leaf.expr(), |expr| compares_port(expr, parameters).is_some()) {
                let help = "write `context.port == 5432`, `context.port < 1024`, `[80, 443].contains(context.port)`, or \
                            the same with parameters";
                return Err(wrong("a port can only be compared with numbers and parameters", help));
            }
            if uses(leaf.expr(), is_context) != uses(leaf.expr(), is_part_of_context) {
                return Err(wrong("the whole `context` cannot be compared", "compare its attributes"));
            }
            if uses(leaf.expr(), is_service) != uses(leaf.expr(), is_part_of_service) {
                return Err(wrong("the whole `context.service` cannot be compared", "compare its attributes"));
            }
            for read in &leaf.reads {
                match (&read.root, read.steps.first()) {
                    (Root::Context, Some(Step::Attribute(name))) => match name.as_str() {
                        "protocol" => cuts.protocol = true,
                        "settled" => cuts.settled = true,
                        "service" => {
                            cuts.service = true;
                            if let Some(Step::Attribute(name)) = read.steps.get(1) {
                                cuts.of_service.insert(name.clone());
                            }
                        }
                        _ => {}
                    },
                    (Root::Principal | Root::Resource | Root::Other, Some(Step::Attribute(name))) => {
                        cuts.addresses.extend(flagged(name));
                    }
                    _ => {}
                }
            }
        }
        Ok(cuts)
    }

    fn compare(&mut self, expr: &Expr, parameters: &[Parameter]) {
        if let Some(Compared { numbers, one_by_one, of_service }) = compares_port(expr, parameters) {
            for number in numbers {
                self.starts.extend([number, number.saturating_add(1)].into_iter().filter_map(port));
                self.named.extend(port(number).filter(|_| one_by_one && !of_service));
            }
        }
        if let ExprKind::ExtensionFunctionApp { fn_name, args } = expr.expr_kind() {
            match fn_name.to_string().as_str() {
                "ip" => self.addresses.extend(args.iter().filter_map(literal_text).filter_map(addresses)),
                "isLoopback" => self.addresses.extend(flagged("loopback")),
                "isMulticast" => self.addresses.extend(all_of(&["224.0.0.0/4", "ff00::/8"])),
                "isIpv4" | "isIpv6" => self.addresses.extend(all_of(&["0.0.0.0/0"])),
                _ => {}
            }
        }
        if let Some(Parameter { ty: ParameterType::Address | ParameterType::Addresses, value, .. }) =
            parameter_of(expr, parameters)
        {
            match value {
                Value::Text(text) => self.addresses.extend(addresses(text)),
                Value::Texts(texts) => self.addresses.extend(texts.iter().filter_map(|text| addresses(text))),
                _ => {}
            }
        }
    }

    /// Every port, in sets of which all have one answer; sorted by protocol, then by number.
    pub(super) fn atoms(&self) -> Vec<Atom> {
        let starts: BTreeSet<u16> = self.starts.iter().copied().chain([1]).collect();
        let ends = starts.iter().skip(1).map(|start| start - 1).chain([u16::MAX]);
        let ranges: Vec<(u16, u16)> = starts.iter().copied().zip(ends).collect();
        let protocols = if self.protocol { &Protocol::ALL[..] } else { &[Protocol::Tcp] };
        let of = |protocol: Protocol| {
            ranges.iter().map(move |(first, last)| {
                let range = |protocol| Ports::of(protocol, Ranges::range(*first, *last));
                let every = || Protocol::ALL.into_iter().map(range).fold(Ports::NONE, |all, ports| all.union(&ports));
                Atom { ports: if self.protocol { range(protocol) } else { every() }, protocol, port: *first }
            })
        };
        protocols.iter().flat_map(|protocol| of(*protocol)).collect()
    }
}

/// What a comparison compares the port with.
struct Compared {
    numbers: Vec<i64>,
    /// It asks for these ports, not for those below or above.
    one_by_one: bool,
    /// The port is that of the Service.
    of_service: bool,
}

fn compares_port(expr: &Expr, parameters: &[Parameter]) -> Option<Compared> {
    let ExprKind::BinaryApp { op, arg1, arg2 } = expr.expr_kind() else { return None };
    let (port, other) = match (is_port(arg1), is_port(arg2)) {
        (true, false) => (arg1, arg2),
        (false, true) => (arg2, arg1),
        _ => return None,
    };
    let (numbers, one_by_one) = match op {
        BinaryOp::Eq | BinaryOp::Less | BinaryOp::LessEq => (vec![number(other, parameters)?], *op == BinaryOp::Eq),
        BinaryOp::Contains if is_port(arg2) => (numbers(other, parameters)?, true),
        _ => return None,
    };
    let of_service = matches!(port.expr_kind(), ExprKind::GetAttr { expr, .. } if is_service(expr));
    Some(Compared { numbers, one_by_one, of_service })
}

fn number(expr: &Expr, parameters: &[Parameter]) -> Option<i64> {
    match (expr.expr_kind(), parameter_of(expr, parameters).map(|parameter| &parameter.value)) {
        (ExprKind::Lit(Literal::Long(long)), _) => Some(*long),
        (_, Some(Value::Long(long))) => Some(*long),
        _ => None,
    }
}

fn numbers(expr: &Expr, parameters: &[Parameter]) -> Option<Vec<i64>> {
    match (expr.expr_kind(), parameter_of(expr, parameters).map(|parameter| &parameter.value)) {
        (ExprKind::Set(items), _) => items.iter().map(|item| number(item, parameters)).collect(),
        (_, Some(Value::Longs(longs))) => Some(longs.clone()),
        _ => None,
    }
}

/// The parameter that `context.params.NAME` is.
fn parameter_of<'p>(expr: &Expr, parameters: &'p [Parameter]) -> Option<&'p Parameter> {
    let ExprKind::GetAttr { expr, attr } = expr.expr_kind() else { return None };
    let ExprKind::GetAttr { expr, attr: params } = expr.expr_kind() else { return None };
    let named = is_context(expr) && params.as_str() == "params";
    named.then(|| parameters.iter().find(|parameter| parameter.name == attr.as_str())).flatten()
}

/// `context.port` or `context.service.port`.
fn is_port(expr: &Expr) -> bool {
    let of = |expr: &Expr| is_context(expr) || is_service(expr);
    matches!(expr.expr_kind(), ExprKind::GetAttr { expr, attr } if of(expr) && attr.as_str() == "port")
}

fn is_context(expr: &Expr) -> bool {
    matches!(expr.expr_kind(), ExprKind::Var(Var::Context))
}

fn is_service(expr: &Expr) -> bool {
    matches!(expr.expr_kind(), ExprKind::GetAttr { expr, attr } if is_context(expr) && attr.as_str() == "service")
}

fn is_part_of_service(expr: &Expr) -> bool {
    match expr.expr_kind() {
        ExprKind::GetAttr { expr, .. } | ExprKind::HasAttr { expr, .. } | ExprKind::ExtHasAttr { expr, .. } => {
            is_service(expr)
        }
        _ => false,
    }
}

fn is_part_of_context(expr: &Expr) -> bool {
    match expr.expr_kind() {
        ExprKind::GetAttr { expr, .. } | ExprKind::HasAttr { expr, .. } | ExprKind::ExtHasAttr { expr, .. } => {
            is_context(expr)
        }
        _ => false,
    }
}

fn uses(expr: &Expr, what: impl Fn(&Expr) -> bool) -> usize {
    expr.subexpressions().filter(|expr| what(expr)).count()
}

fn port(number: i64) -> Option<u16> {
    u16::try_from(number).ok().filter(|port| *port > 0)
}

fn literal_text(expr: &Expr) -> Option<&str> {
    match expr.expr_kind() {
        ExprKind::Lit(Literal::String(text)) => Some(text),
        _ => None,
    }
}

fn addresses(text: &str) -> Option<AddressSet> {
    Cidr::parse_or_address(text).map(AddressSet::of)
}

fn all_of(texts: &[&str]) -> Option<AddressSet> {
    Some(texts.iter().filter_map(|text| addresses(text)).fold(AddressSet::NONE, |all, set| all.union(&set)))
}

/// The addresses for which an attribute of addresses is true, if it is one of those that cut.
pub(super) fn flagged(attribute: &str) -> Option<AddressSet> {
    match attribute {
        "linkLocal" => all_of(&["169.254.0.0/16", "fe80::/10"]),
        "loopback" => all_of(&["127.0.0.0/8", "::1"]),
        "metadataService" => {
            let each = METADATA_ADDRESSES.map(AddressSet::of_address);
            Some(each.iter().fold(AddressSet::NONE, |all, set| all.union(set)))
        }
        "private" => all_of(&["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"]),
        _ => None,
    }
}
