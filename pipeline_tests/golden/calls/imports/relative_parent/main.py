from pkg.sub.user import use

use()
