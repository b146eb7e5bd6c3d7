//! Once the interface is open, nothing of what follows needs root: the process
//! becomes an ordinary user, for good.

use std::env;
use std::ffi::CString;

use nix::errno::Errno;
use nix::unistd::{
    Gid, Uid, User, geteuid, getgrouplist, getresgid, getresuid, setgroups, setresgid, setresuid,
};
use rustix::thread::{CapabilitySet, CapabilitySets, capabilities, set_capabilities};

use crate::escape::escape;

/// Why the process may still be more than it should.
#[derive(Debug, thiserror::Error)]
pub enum PrivilegeError {
    /// `-Z` names nobody.
    #[error("there is no user {} to become (-Z)", escape(.0))]
    NoSuchUser(String),
    /// Only root can become somebody else.
    #[error("only root can become another user (-Z {})", escape(.0))]
    NotRoot(String),
    /// The system refuses.
    #[error("the privileges cannot be dropped ({what}): {source}")]
    Refused {
        /// The step that was refused.
        what: &'static str,
        /// What the system said.
        source: Errno,
    },
    /// All steps were taken, and yet.
    #[error("the privileges could not be dropped for good: nothing is captured")]
    StillRoot,
}

/// The user that the process becomes.
#[derive(Debug)]
pub struct Somebody {
    name: String,
    user: Uid,
    group: Gid,
    groups: Vec<Gid>,
}

/// The user to become: the one that is asked for, else the one that called
/// sudo; `None` where the process keeps its user.
///
/// # Errors
/// When there is no such user, or this process cannot become them.
pub fn whom(asked: Option<&str>) -> Result<Option<Somebody>, PrivilegeError> {
    let somebody = match asked {
        Some(name) => Some(Somebody::named(name)?),
        None => Somebody::who_called_sudo(),
    };
    if geteuid().is_root() {
        return Ok(somebody.filter(|somebody| !somebody.user.is_root()));
    }
    match (asked, somebody) {
        (Some(name), Some(somebody)) if somebody.user != geteuid() => {
            Err(PrivilegeError::NotRoot(name.to_owned()))
        }
        _ => Ok(None),
    }
}

/// Becomes that user, for good. Capabilities go in any case, unless root stays
/// root. To be called before any thread is started: capabilities belong to
/// threads, not to the process.
///
/// # Errors
/// When it is not certain that the privileges are gone.
pub fn drop_privileges(somebody: Option<&Somebody>) -> Result<(), PrivilegeError> {
    match somebody {
        Some(somebody) => somebody.become_them()?,
        None if geteuid().is_root() => return Ok(()),
        None => {}
    }
    drop_capabilities()
}

impl Somebody {
    /// The user's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The numbers of user and group.
    pub fn numbers(&self) -> (u32, u32) {
        (self.user.as_raw(), self.group.as_raw())
    }

    fn named(name: &str) -> Result<Self, PrivilegeError> {
        match User::from_name(name) {
            Ok(Some(user)) => Ok(Self::of(user)),
            _ => Err(PrivilegeError::NoSuchUser(name.to_owned())),
        }
    }

    fn of(user: User) -> Self {
        let groups = CString::new(user.name.clone())
            .ok()
            .and_then(|name| getgrouplist(&name, user.gid).ok());
        Self {
            groups: groups.unwrap_or_else(|| vec![user.gid]),
            name: user.name,
            user: user.uid,
            group: user.gid,
        }
    }

    /// The user that sudo notes in the environment.
    fn who_called_sudo() -> Option<Self> {
        let number = |name| env::var(name).ok()?.parse::<u32>().ok();
        let user = Uid::from_raw(number("SUDO_UID")?);
        let group = Gid::from_raw(number("SUDO_GID")?);
        match User::from_uid(user) {
            Ok(Some(known)) => Some(Self {
                group,
                ..Self::of(known)
            }),
            _ => Some(Self {
                name: format!("number {user}"),
                user,
                group,
                groups: vec![group],
            }),
        }
    }

    fn become_them(&self) -> Result<(), PrivilegeError> {
        let refused = |what| move |source| PrivilegeError::Refused { what, source };
        let (user, group) = (self.user, self.group);
        // The order matters: without being root, the first two are not allowed.
        setgroups(&self.groups).map_err(refused("setgroups"))?;
        setresgid(group, group, group).map_err(refused("setresgid"))?;
        setresuid(user, user, user).map_err(refused("setresuid"))?;
        let users = getresuid().map_err(refused("getresuid"))?;
        let groups = getresgid().map_err(refused("getresgid"))?;
        let all_theirs = [users.real, users.effective, users.saved] == [user; 3]
            && [groups.real, groups.effective, groups.saved] == [group; 3];
        let root = Uid::from_raw(0);
        if !all_theirs || setresuid(root, root, root).is_ok() {
            return Err(PrivilegeError::StillRoot);
        }
        Ok(())
    }
}

/// Gives up what `setcap` or root gave.
fn drop_capabilities() -> Result<(), PrivilegeError> {
    let none = CapabilitySets {
        effective: CapabilitySet::empty(),
        permitted: CapabilitySet::empty(),
        inheritable: CapabilitySet::empty(),
    };
    let refused = |source: rustix::io::Errno| PrivilegeError::Refused {
        what: "capset",
        source: Errno::from_raw(source.raw_os_error()),
    };
    set_capabilities(None, none).map_err(refused)?;
    match capabilities(None).map_err(refused)? == none {
        true => Ok(()),
        false => Err(PrivilegeError::StillRoot),
    }
}
